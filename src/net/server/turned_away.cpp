#include "net/server/turned_away.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/http/plugs/request_id.hpp"
#include "net/http/response.hpp"
#include "net/stream.hpp"

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

http::Status status_of(NoRoom why) {
  return why == NoRoom::connections_of_address ? http::Status::too_many_requests
                                               : http::Status::service_unavailable;
}

std::string answer_to(const Refusal& refusal) {
  http::Response response = http::Response::error(refusal.status);
  response.headers.set("retry-after", "1");
  response.headers.add("x-request-id", refusal.id);
  std::string bytes;
  http::append_response(bytes, response, {.keep_alive = false});
  return bytes;
}

/// Best effort: waits for nobody.
template <class AnyStream>
void say(AnyStream& stream, const std::string& answer) {
  error_code ignored;
  stream.non_blocking(true, ignored);
  stream.write_some(asio::buffer(answer), ignored);
  stream.shutdown(Socket::shutdown_send, ignored);
}

/// Reads what the client sends until it has closed, or time is up.
Awaitable<void> linger(std::shared_ptr<Stream> stream) {
  Timer limit(stream->get_executor());
  limit.expires_after(kLinger);
  limit.async_wait([weak = std::weak_ptr(stream)](error_code cancelled) {
    const auto open = weak.lock();
    error_code ignored;
    if (open && !cancelled) open->close(ignored);
  });
  std::array<char, kPiece> piece{};
  for (;;) {
    const auto [error, size] = co_await stream->async_read_some(asio::buffer(piece), kAsResult);
    if (error) break;
  }
}

Awaitable<void> tell_plainly(Socket socket, std::string answer,
                             std::shared_ptr<std::size_t> lingering) {
  ++*lingering;
  auto stream = std::make_shared<Stream>(std::move(socket));
  say(*stream, answer);
  co_await linger(std::move(stream));
  --*lingering;
}

Awaitable<void> tell_securely(Socket socket, std::string answer, TurnedAway::Options options,
                              std::shared_ptr<std::size_t> lingering) {
  ++*lingering;
  auto secure = co_await tls::shake_hands(std::move(socket), std::move(options.handshakes),
                                          std::move(options.connections));
  if (secure) {
    auto stream = std::make_shared<Stream>(*std::move(secure));
    say(*stream, answer);
    co_await linger(std::move(stream));
  }
  --*lingering;
}

}  // namespace

void TurnedAway::tell(Socket socket, const asio::ip::address& client, NoRoom why) {
  count_.fetch_add(1, std::memory_order_relaxed);
  const Refusal refusal{
      .client = client,
      .why = why,
      .status = status_of(why),
      .id = http::plugs::make_request_id(),
      .listener = options_.listener ? std::string_view(options_.listener->path()) : ""};
  if (options_.on_refusal) options_.on_refusal(refusal);
  auto answer = answer_to(refusal);
  if (why == NoRoom::descriptors || *lingering_ >= kMostLingering) {
    return tell_and_close(std::move(socket), answer);
  }
  const auto executor = socket.get_executor();
  auto telling = options_.handshakes
                     ? tell_securely(std::move(socket), std::move(answer), options_, lingering_)
                     : tell_plainly(std::move(socket), std::move(answer), lingering_);
  asio::co_spawn(executor, std::move(telling), asio::detached);
}

void TurnedAway::tell_and_close(Socket socket, const std::string& answer) {
  error_code error;
  socket.non_blocking(true, error);
  if (options_.handshakes) return tls::refuse(socket);
  say(socket, answer);
  std::array<char, kPiece> piece{};
  for (std::size_t read = 0; read < kMostDiscarded && !error;) {
    read += socket.read_some(asio::buffer(piece), error);
  }
}

}  // namespace coppice::net::server
