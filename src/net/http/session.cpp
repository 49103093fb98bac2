#include "net/http/session.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/http/read_buffer.hpp"

namespace coppice::net::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kFlushAt = std::size_t{64} * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// A connection that goes on without HTTP.
struct TakeOver {
  std::function<Awaitable<void>(Upgraded)> run;
  Upgraded connection;
};

/// An answer, and what becomes of the connection after it.
struct Answer {
  Response response;
  std::function<Awaitable<void>(Upgraded)> take_over;
};

/// One connection as long as it speaks HTTP. Lives in the frame of serve(), which awaits all of its
/// coroutines, so that they may use `this`.
class Session final : private Connection {
 public:
  Session(Socket socket, Peer peer, std::shared_ptr<const Server> server)
      : Connection(server->connections),
        socket_(std::move(socket)),
        peer_(std::move(peer)),
        server_(std::move(server)),
        parser_(server_->limits) {
    error_code ignored;  // a socket that is gone already fails its first read
    socket_.non_blocking(true, ignored);
  }

  /// Serves requests until the connection is done with HTTP.
  Awaitable<std::optional<TakeOver>> run();

 private:
  enum class Stage { idle, head, body, handling, writing, lingering };
  enum class Received { request, refused, end };

  Awaitable<Received> receive();
  Awaitable<bool> read_more();
  Awaitable<Answer> answer(std::shared_ptr<Request> request);
  Awaitable<bool> flush();
  void forget_sent();
  Awaitable<void> refuse(RequestParser::Refusal refusal);
  Awaitable<void> close_politely();

  void append(const Response& response, const Request& request, bool keep_alive);
  void enter(Stage stage) noexcept;
  [[nodiscard]] actors::Duration time_for(Stage stage) const noexcept;
  [[nodiscard]] bool between_requests() const noexcept {
    return !request_begun_ && buffer_.empty();
  }

  void on_deadline() override;
  void on_drain() override;

  Socket socket_;
  Peer peer_;
  std::shared_ptr<const Server> server_;
  RequestParser parser_;
  ReadBuffer buffer_;
  std::string out_;  // answers not sent yet
  Stage stage_ = Stage::idle;
  bool request_begun_ = false;
  bool timed_out_ = false;
};

Awaitable<std::optional<TakeOver>> Session::run() {
  enter(Stage::head);  // a client that connects is expected to ask something
  for (;;) {
    const auto received = co_await receive();
    if (received == Received::end) co_return std::nullopt;
    if (received == Received::refused) {
      co_await refuse(parser_.refusal());
      co_return std::nullopt;
    }
    const auto request = parser_.take();
    request->peer = peer_;
    enter(Stage::handling);
    auto answered = co_await answer(request);
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return std::nullopt;

    const bool keep_alive = request->keep_alive && !connections().draining();
    append(answered.response, *request, keep_alive);
    if (answered.take_over) {
      const bool reached = co_await flush();
      if (!reached) co_return std::nullopt;
      Upgraded connection{std::move(socket_), request, std::string(buffer_.data()),
                          server_->connections};
      co_return TakeOver{std::move(answered.take_over), std::move(connection)};
    }
    if (!keep_alive) {
      co_await close_politely();
      co_return std::nullopt;
    }
    if (out_.size() >= kFlushAt) {
      const bool reached = co_await flush();
      if (!reached) co_return std::nullopt;
    }
    enter(Stage::idle);
  }
}

Awaitable<Session::Received> Session::receive() {
  request_begun_ = false;
  for (;;) {
    if (!buffer_.empty() && !request_begun_) {
      request_begun_ = true;
      enter(Stage::head);
    }
    const auto step = parser_.advance(buffer_.data());
    buffer_.consume(step.consumed);
    if (step.progress == RequestParser::Progress::complete) co_return Received::request;
    if (step.progress == RequestParser::Progress::refused) co_return Received::refused;
    if (step.progress == RequestParser::Progress::head) {
      enter(Stage::body);
      if (!buffer_.empty()) continue;
      if (parser_.expects_continue()) out_ += kContinue;
    }
    const bool goes_on = co_await read_more();
    if (!goes_on) co_return Received::end;
  }
}

/// Flushes what is due and reads. False if the session ends here.
Awaitable<bool> Session::read_more() {
  if (!out_.empty()) {
    const auto stage = stage_;
    const bool reached = co_await flush();
    if (!reached) co_return false;
    if (stage_ != stage) enter(stage);
  }
  const bool cancelled = co_await is_cancelled();
  if (cancelled || (connections().draining() && between_requests())) co_return false;
  const auto room = buffer_.prepare();
  const auto [error, size] =
      co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
  if (timed_out_ && request_begun_) {
    const RequestParser::Refusal too_slow{Status::request_timeout,
                                          "the request took too long to arrive"};
    co_await refuse(too_slow);
    co_return false;
  }
  if (error || timed_out_) co_return false;
  buffer_.commit(size);
  co_return true;
}

Awaitable<Answer> Session::answer(std::shared_ptr<Request> request) {
  auto match = server_->router->find(request->method, request->path);
  if (!match) co_return Answer{std::move(match.error()), nullptr};
  request->path_params = std::move(match->params);
  std::exception_ptr failure;
  try {
    if (const auto* handler = std::get_if<Handler>(&match->route->action)) {
      auto response = co_await (*handler)(request);
      co_return Answer{std::move(response), nullptr};
    }
    auto decision = co_await std::get<UpgradeHandler>(match->route->action)(request);
    co_return Answer{std::move(decision.response), std::move(decision.take_over)};
  } catch (...) {
    failure = std::current_exception();
  }
  const bool cancelled = co_await is_cancelled();
  if (!cancelled && server_->on_exception) server_->on_exception(*request, failure);
  co_return Answer{Response::error(Status::internal_server_error), nullptr};
}

/// Sends all that is due. False if the client cannot be reached any more.
///
/// In a loop of its own: a deadline that strikes while a part has been written, but not been
/// resumed from yet, finds no operation to cancel, so somebody must look before the next part.
Awaitable<bool> Session::flush() {
  error_code error;
  std::size_t sent = socket_.write_some(asio::buffer(out_), error);
  if (error && error != asio::error::would_block) co_return false;
  if (sent < out_.size()) enter(Stage::writing);
  while (sent < out_.size()) {
    const auto [failure, size] =
        co_await socket_.async_write_some(asio::buffer(out_) + sent, kAsResult);
    const bool cancelled = co_await is_cancelled();
    if (failure || timed_out_ || cancelled) co_return false;
    sent += size;
  }
  forget_sent();
  co_return true;
}

/// An idle connection does not keep the room of its largest answer.
void Session::forget_sent() {
  out_.clear();
  if (out_.capacity() > kFlushAt) out_ = std::string();
}

Awaitable<void> Session::refuse(RequestParser::Refusal refusal) {
  append_response(out_, Response::error(refusal.status, refusal.why), {.keep_alive = false});
  co_await close_politely();
}

/// Sends what is due and closes. Reads on until the client has closed as well: closing with unread
/// input would reset the connection, and that takes the answer away.
Awaitable<void> Session::close_politely() {
  const bool reached = co_await flush();
  if (!reached) co_return;
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  enter(Stage::lingering);
  for (;;) {
    const auto room = buffer_.prepare();
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
    const bool cancelled = co_await is_cancelled();
    if (error || timed_out_ || cancelled) co_return;
  }
}

void Session::append(const Response& response, const Request& request, bool keep_alive) {
  const Framing framing{.head_request = request.method == Method::head,
                        .keep_alive = keep_alive,
                        .http_1_0 = request.http_1_0};
  append_response(out_, response, framing);
}

void Session::enter(Stage stage) noexcept {
  stage_ = stage;
  timed_out_ = false;
  if (stage == Stage::handling) {
    expire_at(actors::Time::max());
  } else {
    expire_after(time_for(stage));
  }
}

actors::Duration Session::time_for(Stage stage) const noexcept {
  switch (stage) {
    case Stage::idle: return server_->timeouts.keep_alive;
    case Stage::head: return server_->timeouts.head;
    case Stage::body: return server_->timeouts.body;
    case Stage::writing: return server_->timeouts.write;
    case Stage::lingering: return server_->timeouts.linger;
    case Stage::handling: break;
  }
  return actors::kForever;
}

void Session::on_deadline() {
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Session::on_drain() {
  if (stage_ != Stage::idle && stage_ != Stage::head) return;
  if (!between_requests()) return;
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace

Awaitable<void> serve(Socket socket, Peer peer, std::shared_ptr<const Server> server) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto session = std::make_unique<Session>(std::move(socket), std::move(peer), std::move(server));
  auto next = co_await session->run();
  session.reset();
  if (next) co_await next->run(std::move(next->connection));
}

}  // namespace coppice::net::http
