#include "net/server/turned_away.hpp"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/http/response.hpp"

namespace coppice::net::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr auto kLinger = std::chrono::seconds(2);
constexpr std::size_t kMostLingering = 256;
constexpr std::size_t kMostDiscarded = std::size_t{64} * 1024;
constexpr std::size_t kPiece = 4096;

/// Best effort: waits for nobody.
void say_no_room(Socket& socket, http::Status status) {
  http::Response response = http::Response::error(status);
  response.headers.set("retry-after", "1");
  std::string bytes;
  http::append_response(bytes, response, {.keep_alive = false});
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(bytes), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

/// Reads what the client sends until it has closed, or time is up.
Awaitable<void> linger(std::shared_ptr<Socket> socket, std::shared_ptr<std::size_t> lingering) {
  ++*lingering;
  Timer limit(socket->get_executor());
  limit.expires_after(kLinger);
  limit.async_wait([weak = std::weak_ptr(socket)](error_code cancelled) {
    const auto open = weak.lock();
    error_code ignored;
    if (open && !cancelled) open->close(ignored);
  });
  std::array<char, kPiece> piece{};
  for (;;) {
    const auto [error, size] = co_await socket->async_read_some(asio::buffer(piece), kAsResult);
    if (error) break;
  }
  --*lingering;
}

}  // namespace

void TurnedAway::tell(Socket socket, http::Status status) {
  if (*lingering_ >= kMostLingering) {
    tell_and_close(std::move(socket), status);
    return;
  }
  say_no_room(socket, status);
  auto shared = std::make_shared<Socket>(std::move(socket));
  const auto executor = shared->get_executor();
  asio::co_spawn(executor, linger(std::move(shared), lingering_), asio::detached);
}

void TurnedAway::tell_and_close(Socket socket, http::Status status) {
  say_no_room(socket, status);
  std::array<char, kPiece> piece{};
  error_code error;
  for (std::size_t read = 0; read < kMostDiscarded && !error;) {
    read += socket.read_some(asio::buffer(piece), error);
  }
}

}  // namespace coppice::net::server
