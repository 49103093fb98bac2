#include "net/tls/handshake.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/http/response.hpp"

namespace coppice::net::tls {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr char kHandshakeRecord = 0x16;  // what TLS begins with

/// No TLS, but perhaps a method of HTTP.
bool begins_like_http(char byte) noexcept { return byte >= 'A' && byte <= 'Z'; }

/// One client's handshake. Lives in the frame of shake_hands().
class Handshake final : private Connection {
 public:
  Handshake(Socket socket, std::shared_ptr<Handshakes> handshakes,
            std::shared_ptr<Connections> connections)
      : Connection(std::move(connections)),
        socket_(std::move(socket)),
        handshakes_(std::move(handshakes)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    expire_after(handshakes_->timeout);
    idle_since(actors::deadline_after(this->connections().now(), kTimeOfNew));
  }
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake() override {
    if (counted_) --handshakes_->under_way;
  }

  Awaitable<std::optional<Stream>> run() {
    const bool speaks = co_await wait(Socket::wait_read);
    if (!speaks) co_return std::nullopt;
    if (first_byte() != kHandshakeRecord) {
      if (begins_like_http(first_byte())) co_await explain_in_plain_http();
      co_return std::nullopt;
    }
    if (handshakes_->under_way >= handshakes_->most_at_once) {
      refuse(socket_);
      co_return std::nullopt;
    }
    ++handshakes_->under_way;
    counted_ = true;
    const auto context = handshakes_->certificates->context();
    auto layer = std::make_unique<Layer>(*context, socket_.native_handle());
    for (;;) {
      error_code error;
      layer->shake_hands(error);
      if (!error) break;
      const bool goes_on = error == asio::error::would_block;
      if (!goes_on) report(layer->failure());
      if (!goes_on) co_return std::nullopt;
      const bool ready = co_await wait(
          layer->handshake_waits_for() == Want::writable ? Socket::wait_write : Socket::wait_read);
      if (!ready) co_return std::nullopt;
    }
    co_return Stream(std::move(socket_), std::move(layer));
  }

 private:
  Awaitable<bool> wait(Socket::wait_type what) {
    const auto [error] = co_await socket_.async_wait(what, kAsResult);
    const bool cancelled = co_await is_cancelled();
    co_return !error && !timed_out_ && !cancelled;
  }

  /// Without taking it; 0 if there is none.
  [[nodiscard]] char first_byte() {
    char byte = 0;
    error_code ignored;
    socket_.receive(asio::buffer(&byte, 1), Socket::message_peek, ignored);
    return byte;
  }

  Awaitable<void> explain_in_plain_http() {
    std::string bytes;
    http::append_response(
        bytes,
        http::Response::error(http::Status::bad_request,
                              "this port speaks HTTPS only: use a URL that begins with https://"),
        {.keep_alive = false});
    error_code ignored;
    socket_.write_some(asio::buffer(bytes), ignored);
    socket_.shutdown(Socket::shutdown_send, ignored);
    // Closing with input unread would take the answer away.
    std::array<char, 4096> discarded{};
    bool goes_on = true;
    while (goes_on) {
      const bool ready = co_await wait(Socket::wait_read);
      error_code error;
      if (ready) socket_.read_some(asio::buffer(discarded), error);
      goes_on = ready && !error;
    }
  }

  void report(const std::string& why) {
    if (handshakes_->on_failure && !why.empty()) handshakes_->on_failure(why);
  }

  void on_deadline() override {
    timed_out_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  }

  void on_drain() override { on_deadline(); }
  void on_room_needed() override { on_deadline(); }

  Socket socket_;
  std::shared_ptr<Handshakes> handshakes_;
  bool counted_ = false;  // among those under way; one who has said nothing yet costs nothing
  bool timed_out_ = false;
};

}  // namespace

void refuse(Socket& socket) {
  constexpr std::size_t kMostDiscarded = std::size_t{64} * 1024;
  // What RFC 8446 has a server send that gives up before a version is agreed upon: an alert, in
  // the clear, `fatal`, `internal_error`.
  constexpr std::array<unsigned char, 7> kAlert = {0x15, 3, 3, 0, 2, 2, 80};
  std::array<char, 4096> discarded{};
  error_code error;  // closing with input unread would take the alert away
  for (std::size_t read = 0; read < kMostDiscarded && !error;) {
    read += socket.read_some(asio::buffer(discarded), error);
  }
  socket.write_some(asio::buffer(kAlert), error);
  socket.shutdown(Socket::shutdown_send, error);
}

Awaitable<std::optional<Stream>> shake_hands(Socket socket, std::shared_ptr<Handshakes> handshakes,
                                             std::shared_ptr<Connections> connections) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (connections->draining()) co_return std::nullopt;
  auto handshake =
      std::make_unique<Handshake>(std::move(socket), std::move(handshakes), std::move(connections));
  auto stream = co_await handshake->run();
  co_return stream;
}

}  // namespace coppice::net::tls
