#include "client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace coppice::bench {
namespace {

constexpr std::array<unsigned char, 4> kMask = {0x37, 0xfa, 0x21, 0x3d};
constexpr unsigned kText = 1;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

sockaddr_in loopback(unsigned last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x7f000000U + last);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // NOLINT: how sockets are addressed
}

void set(int descriptor, int level, int option) {
  const int on = 1;
  if (setsockopt(descriptor, level, option, &on, sizeof on) != 0) fail("setsockopt");
}

std::string upgrade(const std::string& target) {
  return "GET " + target +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

std::string masked(unsigned opcode, std::string_view payload) {
  std::string out;
  out += static_cast<char>(0x80U | opcode);
  if (payload.size() < 126) {
    out += static_cast<char>(0x80U | payload.size());
  } else {
    out += static_cast<char>(0x80U | 126U);
    out += static_cast<char>(payload.size() >> 8U);
    out += static_cast<char>(payload.size() & 0xffU);
  }
  for (const unsigned char byte : kMask) out += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask.at(i % kMask.size()));
  }
  return out;
}

std::size_t number(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::string masked_text(std::string_view payload) { return masked(kText, payload); }

Client::Client(Client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      state_(std::exchange(other.state_, State::closed)),
      closed_with_(other.closed_with_),
      unsent_(std::move(other.unsent_)),
      unread_(std::move(other.unread_)) {}

void Client::connect(std::uint16_t port, unsigned source, const std::string& target) {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) fail("socket");
  state_ = State::connecting;
  set(descriptor_, IPPROTO_TCP, TCP_NODELAY);
  set(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);  // the port is chosen for the pair
  const auto from = loopback(source, 0);
  const auto to = loopback(1, port);
  if (bind(descriptor_, generic(from), sizeof from) != 0) fail("bind");
  if (::connect(descriptor_, generic(to), sizeof to) != 0 && errno != EINPROGRESS) fail("connect");
  unsent_ = upgrade(target);
}

void Client::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  state_ = State::closed;
  unsent_.clear();
  unread_.clear();
}

void Client::send(std::string_view wire) {
  unsent_ += wire;
  if (state_ == State::open) flush();
}

void Client::flush() {
  while (!unsent_.empty()) {
    const auto sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) close();
      return;
    }
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

void Client::on_writable() {
  if (state_ == State::connecting) state_ = State::upgrading;
  if (state_ != State::closed) flush();
}

void Client::on_readable(std::span<char> scratch, const OnText& on_text) {
  const auto size = recv(descriptor_, scratch.data(), scratch.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return close();
  std::string_view bytes(scratch.data(), static_cast<std::size_t>(size));
  std::string joined;
  if (!unread_.empty()) {
    joined = std::exchange(unread_, {});
    joined += bytes;
    bytes = joined;
  }
  if (state_ == State::upgrading) bytes.remove_prefix(read_answer(bytes));
  if (state_ == State::open) bytes.remove_prefix(read_frames(bytes, on_text));
  if (state_ != State::closed) unread_ = bytes;
}

/// Returns how many bytes are used up, here and in read_frames().
std::size_t Client::read_answer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const auto status = bytes.substr(bytes.find(' ') + 1, 3);
  if (status != "101") {
    std::from_chars(status.data(), status.data() + status.size(), closed_with_);
    close();
    return 0;
  }
  state_ = State::open;
  return end + 4;
}

std::size_t Client::read_frames(std::string_view bytes, const OnText& on_text) {
  std::size_t used = 0;
  while (state_ == State::open) {
    const auto rest = bytes.substr(used);
    if (rest.size() < 2) break;
    const auto length = static_cast<unsigned char>(rest[1]);
    const std::size_t length_bytes = length < 126 ? 0 : length == 126 ? 2 : 8;
    const auto header = 2 + length_bytes;
    if (rest.size() < header) break;
    const auto size = length_bytes == 0 ? length : number(rest.substr(2, length_bytes));
    if (rest.size() - header < size) break;
    used += header + size;
    take(static_cast<unsigned char>(rest[0]) & 0xfU, rest.substr(header, size), on_text);
  }
  return state_ == State::open ? used : 0;
}

void Client::take(unsigned opcode, std::string_view payload, const OnText& on_text) {
  if (opcode == kText) return on_text(payload);
  if (opcode == kPing) return send(masked(kPong, payload));
  if (opcode != kClose) return;
  closed_with_ = static_cast<unsigned>(number(payload.substr(0, 2)));
  close();
}

}  // namespace coppice::bench
