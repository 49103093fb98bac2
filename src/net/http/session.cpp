#include "net/http/session.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/http/exchange.hpp"
#include "net/http/output.hpp"
#include "net/http/read_buffer.hpp"

namespace coppice::net::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Progress = RequestParser::Progress;

constexpr std::size_t kFlushAt = std::size_t{64} * 1024;
constexpr std::size_t kMostCopied = std::size_t{16} * 1024;
/// The body of a request that was answered by its head: to read so much costs less than a new
/// connection.
constexpr std::size_t kMostSwallowed = std::size_t{64} * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// A connection that goes on without HTTP.
struct TakeOver {
  std::function<Awaitable<void>(Upgraded)> run;
  Upgraded connection;
};

/// One connection as long as it speaks HTTP. Lives in the frame of serve(), which awaits all of its
/// coroutines, so that they may use `this`.
class Session final : private Connection, private Output::Watch {
 public:
  Session(Stream stream, Peer peer, std::shared_ptr<const Server> server)
      : Connection(server->connections),
        socket_(std::move(stream)),
        peer_(std::move(peer)),
        server_(std::move(server)),
        parser_(server_->limits),
        exchange_(*server_->router, server_->limits),
        output_(socket_, *this) {
    error_code ignored;  // a socket that is gone already fails its first read
    socket_.non_blocking(true, ignored);
  }

  /// Serves requests until the connection is done with HTTP.
  Awaitable<std::optional<TakeOver>> run();

 private:
  enum class Stage { idle, head, body, handling, writing, lingering };

  Progress parse();
  void expect_more();
  Awaitable<bool> read_more();
  [[nodiscard]] bool admit();
  void expect_body();
  [[nodiscard]] bool append_body(const Response& response, const Request& request);
  Awaitable<bool> send_body(Response response, RequestPtr request);
  void report(const Request& request, Status status, std::uint64_t bytes, bool whole);
  [[nodiscard]] bool keeps_open(Progress progress, const Request& request,
                                const Response& response);
  void end_request(Progress progress);
  Awaitable<void> close_politely();

  void enter(Stage stage) noexcept;
  [[nodiscard]] actors::Duration time_for(Stage stage) const noexcept;
  [[nodiscard]] bool between_requests() const noexcept {
    return !request_begun_ && buffer_.empty();
  }

  void on_deadline() override;
  void on_drain() override;
  void wait_for_client() noexcept override { enter(Stage::writing); }
  [[nodiscard]] bool gave_up() const noexcept override { return timed_out_; }
  void client_has_read() noexcept override { enter(Stage::handling); }
  [[nodiscard]] bool draining() const noexcept override { return connections().draining(); }

  Stream socket_;
  Peer peer_;
  std::shared_ptr<const Server> server_;
  RequestParser parser_;
  Exchange exchange_;
  ReadBuffer buffer_;
  Output output_;
  Stage stage_ = Stage::idle;
  bool request_begun_ = false;
  bool swallowing_ = false;  // what is left of a request that has been answered
  bool timed_out_ = false;
};

Awaitable<std::optional<TakeOver>> Session::run() {
  enter(Stage::head);  // a client that connects is expected to ask something
  for (;;) {
    const auto progress = parse();
    if (progress == Progress::need_more) {
      const bool goes_on = co_await read_more();
      if (!goes_on) co_return std::nullopt;
      continue;
    }
    if (swallowing_) {
      if (progress == Progress::refused) break;
      end_request(progress);
      continue;
    }
    if (!exchange_.begun()) {
      const bool admitted = admit();
      if (!admitted) co_await exchange_.admit_slowly();
    }
    if (progress == Progress::refused) exchange_.refuse(parser_.refusal());
    if (progress == Progress::head && !exchange_.answered()) {
      expect_body();
      continue;
    }
    if (!exchange_.answered()) {
      enter(Stage::handling);
      const bool handled = exchange_.handle_at_once();
      if (!handled) co_await exchange_.handle();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (is_set(state)) co_return std::nullopt;
    auto answer = exchange_.finish();
    const RequestPtr request = parser_.request();
    if (exchange_.failure() && server_->on_exception) {
      server_->on_exception(*request, exchange_.failure());
    }
    const bool stays_open = keeps_open(progress, *request, answer.response);
    append_head(output_.pending(), answer.response,
                {.head_request = false, .keep_alive = stays_open, .http_1_0 = request->http_1_0});
    end_request(progress);
    if (!append_body(answer.response, *request)) {
      const bool whole = co_await send_body(std::move(answer.response), request);
      if (!whole) co_return std::nullopt;
    }
    if (answer.take_over) {
      const bool reached = co_await output_.flush(nullptr);
      if (!reached) co_return std::nullopt;
      Upgraded connection{std::move(socket_), request, std::string(buffer_.data()),
                          server_->connections};
      co_return TakeOver{std::move(answer.take_over), std::move(connection)};
    }
    if (!stays_open) break;
    if (output_.pending().size() >= kFlushAt) {
      const bool reached = co_await output_.flush(nullptr);
      if (!reached) co_return std::nullopt;
    }
  }
  co_await close_politely();
  co_return std::nullopt;
}

Progress Session::parse() {
  const auto step = parser_.advance(buffer_.data());
  buffer_.consume(step.consumed);
  return step.progress;
}

/// Flushes what is due and reads. False if the session ends here.
Awaitable<bool> Session::read_more() {
  if (!output_.pending().empty()) {
    const bool reached = co_await output_.flush(nullptr);
    if (!reached) co_return false;
  }
  expect_more();
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_set(state) || (connections().draining() && between_requests())) co_return false;
  const auto room = buffer_.prepare();
  const auto [error, size] =
      co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
  if (timed_out_ && request_begun_) {
    parser_.give_up({Status::request_timeout, "the request took too long to arrive"});
    co_return true;
  }
  if (error || timed_out_) co_return false;
  buffer_.commit(size);
  co_return true;
}

/// Begins the time that the client has for what comes next, unless it runs already.
void Session::expect_more() {
  if (exchange_.begun() || swallowing_) {
    if (stage_ != Stage::body) enter(Stage::body);
  } else if (!buffer_.empty()) {
    const bool is_first = !std::exchange(request_begun_, true);
    if (is_first || stage_ != Stage::head) enter(Stage::head);
  } else if (stage_ != Stage::head) {
    enter(Stage::idle);
  }
}

/// False if the exchange has to be awaited.
bool Session::admit() {
  request_begun_ = true;
  const auto& request = parser_.request();
  request->peer = peer_;
  request->client = peer_.address;
  request->secure = socket_.is_secure();
  request->received_at = connections().now();
  enter(Stage::handling);
  return exchange_.admit(request);
}

void Session::expect_body() {
  parser_.limit_body(exchange_.max_body_bytes());
  if (buffer_.empty() && parser_.expects_continue()) output_.pending() += kContinue;
}

/// Whether another request may come after this one. What is left of this one has to be read first,
/// if it is not too much, and if the client sends it at all.
bool Session::keeps_open(Progress progress, const Request& request, const Response& response) {
  if (progress == Progress::refused || !request.keep_alive || connections().draining())
    return false;
  if (request.http_1_0 && !response.body.size()) return false;
  if (progress == Progress::complete) return true;
  if (parser_.expects_continue() || request.content_length.value_or(0) > kMostSwallowed)
    return false;
  parser_.limit_body(kMostSwallowed);
  return true;
}

/// The answer is on its way: what comes next is the rest of the request, or another one.
void Session::end_request(Progress progress) {
  swallowing_ = progress == Progress::head;
  if (progress != Progress::complete) return;
  std::ignore = parser_.take();
  request_begun_ = false;
  enter(Stage::handling);
}

/// Adds a body that is small or is not sent at all to the head. False if it has to be awaited.
bool Session::append_body(const Response& response, const Request& request) {
  const bool none = request.method == Method::head || !may_have_body(response.status);
  const bool small = response.body.has_bytes() && response.body.bytes().size() <= kMostCopied;
  if (!none && !small) return false;
  const auto bytes = none ? std::string_view() : response.body.bytes();
  output_.pending() += bytes;
  report(request, response.status, bytes.size(), true);
  return true;
}

Awaitable<bool> Session::send_body(Response response, RequestPtr request) {
  const bool whole = co_await output_.send(std::move(response.body), !request->http_1_0);
  report(*request, response.status, output_.body_bytes(), whole);
  co_return whole;
}

void Session::report(const Request& request, Status status, std::uint64_t bytes, bool whole) {
  if (!server_->on_answered) return;
  server_->on_answered(request, {.status = status,
                                 .body_bytes = bytes,
                                 .duration = connections().now() - request.received_at,
                                 .whole = whole});
}

/// Sends what is due and closes. Reads on until the client has closed as well: closing with unread
/// input would reset the connection, and that takes the answer away.
Awaitable<void> Session::close_politely() {
  const bool reached = co_await output_.flush(nullptr);
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
  if (stage_ == Stage::writing && output_.client_reads()) return enter(Stage::writing);
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Session::on_drain() {
  output_.drain();
  if (stage_ != Stage::idle && stage_ != Stage::head) return;
  if (!between_requests()) return;
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace

Awaitable<void> serve(Stream stream, Peer peer, std::shared_ptr<const Server> server) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto session = std::make_unique<Session>(std::move(stream), std::move(peer), std::move(server));
  auto next = co_await session->run();
  session.reset();
  if (next) co_await next->run(std::move(next->connection));
}

}  // namespace coppice::net::http
