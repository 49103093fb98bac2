#include "net/watched_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/error.hpp>

#include "net/joined_bytes.hpp"

namespace coppice::net {
namespace {

using boost::system::error_code;

/// Repeats a system call that a signal has interrupted.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::size_t size_or_error(ssize_t result, error_code& error) {
  if (result >= 0) {
    error = {};
    return static_cast<std::size_t>(result);
  }
  error = error_code(errno, boost::system::system_category());
  return 0;
}

constexpr std::size_t kMostBuffers = 64;  // in one call
// Small buffers leave faster in one piece.
constexpr std::size_t kWorthCopying = std::size_t{16} * 1024;

ssize_t send_bytes(int descriptor, std::span<const char> bytes) {
  return uninterrupted(
      [&] { return ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
}

ssize_t send_buffers(int descriptor, std::span<const boost::asio::const_buffer> buffers) {
  std::array<iovec, kMostBuffers> pieces;
  msghdr message{};
  message.msg_iov = pieces.data();
  for (const auto& buffer : buffers.first(std::min(buffers.size(), kMostBuffers))) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it is only read
    pieces.at(message.msg_iovlen++) = {const_cast<void*>(buffer.data()), buffer.size()};
  }
  return uninterrupted([&] { return ::sendmsg(descriptor, &message, MSG_NOSIGNAL); });
}

}  // namespace

WatchedStream::WatchedStream(Stream stream, Readiness& readiness) : readiness_(readiness) {
  error_code ignored;  // a socket that is gone already fails its first read
  stream.non_blocking(true, ignored);
  std::tie(descriptor_, tls_) = stream.release();
}

void WatchedStream::watch(Readiness::Watcher& watcher) {
  readiness_.watch(descriptor_, watcher, interest_);
  watcher_ = &watcher;
}

std::size_t WatchedStream::read_some(std::span<char> buffer, error_code& error) {
  if (tls_) {
    const auto size = tls_->read(buffer, error);
    update_interest();
    return size;
  }
  const auto size = size_or_error(
      uninterrupted([&] { return ::recv(descriptor_, buffer.data(), buffer.size(), 0); }), error);
  if (!error && size == 0) error = boost::asio::error::eof;
  return size;
}

void WatchedStream::read_on_later() {
  if (watcher_ != nullptr && tls_ && tls_->may_have_unread()) readiness_.again(*watcher_);
}

std::size_t WatchedStream::write_some(std::span<const boost::asio::const_buffer> buffers,
                                      error_code& error) {
  if (tls_) return write_records(buffers, error);
  if (buffers.size() > 1 && boost::asio::buffer_size(buffers) > kWorthCopying) {
    return size_or_error(send_buffers(descriptor_, buffers), error);
  }
  const auto bytes =
      buffers.size() == 1
          ? std::span(static_cast<const char*>(buffers.front().data()), buffers.front().size())
          : joined_bytes<kWorthCopying>(buffers, 0);
  return size_or_error(send_bytes(descriptor_, bytes), error);
}

std::size_t WatchedStream::write_records(std::span<const boost::asio::const_buffer> buffers,
                                         error_code& error) {
  const std::size_t total = boost::asio::buffer_size(buffers);
  std::size_t written = 0;
  error = {};
  while (written < total && !error) {
    written += tls_->write(joined_bytes<tls::kLargestRecord>(buffers, written), error);
  }
  if (written > 0) error = {};
  update_interest();
  return written;
}

void WatchedStream::want_to_write(bool wanted) noexcept {
  wants_to_write_ = wanted;
  update_interest();
}

/// TLS may have to write before it can read, and the other way round.
void WatchedStream::update_interest() noexcept {
  using tls::Want;
  Readiness::Interest interest{.readable = true, .writable = wants_to_write_};
  if (tls_) {
    const bool read_writes = tls_->read_waits_for() == Want::writable;
    const bool write_reads = wants_to_write_ && tls_->write_waits_for() == Want::readable;
    interest.readable = !read_writes || write_reads;
    interest.writable = read_writes || (wants_to_write_ && !write_reads);
  }
  if (interest == std::exchange(interest_, interest) || watcher_ == nullptr) return;
  readiness_.change(descriptor_, *watcher_, interest);
}

void WatchedStream::end_output() noexcept {
  if (tls_) tls_->close_notify();
  ::shutdown(descriptor_, SHUT_WR);
}

void WatchedStream::close() noexcept {
  if (descriptor_ < 0) return;
  if (watcher_ != nullptr) readiness_.forget(descriptor_, *watcher_);
  watcher_ = nullptr;
  tls_.reset();  // which knows the descriptor as well
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace coppice::net
