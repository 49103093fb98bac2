#include "net/http/session.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <spdlog/spdlog.h>

#include "actors/shard.hpp"
#include "net/connection_link.hpp"
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

Handover hand_over(TakeOver take_over, Upgraded connection) {
  return [take_over = std::move(take_over),
          connection = std::move(connection)](Successor::OnEnd on_end) mutable {
    return take_over(std::move(connection), std::move(on_end));
  };
}

/// Whether it pays to let the others have their turn before the next request is asked for. On a
/// busy shard it has come by then, and costs one system call instead of two and a wait; on an idle
/// one it has not, and asking was in vain: so after each failure it is tried half as often.
class Turns {
 public:
  [[nodiscard]] bool pays() noexcept {
    if (left_out_ == 0) return true;
    --left_out_;
    return false;
  }
  void paid(bool did) noexcept {
    pause_ = did ? 0 : std::min(2 * pause_ + 1, kLongestPause);
    left_out_ = pause_;
  }

 private:
  static constexpr unsigned kLongestPause = 31;
  unsigned pause_ = 0;
  unsigned left_out_ = 0;
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
    parser_.request()->peer = peer_;
  }

  /// Serves requests until the connection is done with HTTP.
  Awaitable<Handover> run();

 private:
  enum class Stage { idle, head, body, handling, writing, lingering };

  Progress parse();
  void expect_more();
  Awaitable<bool> read_more();
  [[nodiscard]] bool admit();
  void refuse();
  void expect_body();
  [[nodiscard]] bool append_body(const Response& response);
  Awaitable<bool> send_body(Body body);
  void report(Status status, std::uint64_t bytes, bool whole);
  void report_failure();
  [[nodiscard]] bool keeps_open(Progress progress, const Response& response);
  void end_request(Progress progress);
  Awaitable<void> close_politely();

  [[nodiscard]] const Request& request() const noexcept { return *parser_.request(); }
  /// To be called after each wait, and when a request has been answered: all that happens until the
  /// next call happens at that time.
  void look_at_clock() noexcept { now_ = connections().now(); }
  void enter(Stage stage) noexcept;
  [[nodiscard]] actors::Time idle_from(Stage stage) const noexcept;
  void begin_body() noexcept;
  void body_comes(std::size_t bytes) noexcept;
  [[nodiscard]] actors::Duration time_for(Stage stage) const noexcept;
  [[nodiscard]] static std::string_view activity_in(Stage stage) noexcept;
  [[nodiscard]] bool between_requests() const noexcept {
    return !request_begun_ && buffer_.empty();
  }
  [[nodiscard]] bool waits_for_head() const noexcept {
    return stage_ == Stage::idle || stage_ == Stage::head;
  }

  void on_deadline() override;
  void on_drain() override;
  void on_room_needed() override { stop_waiting(); }
  void stop_waiting() noexcept;
  void wait_for_client() noexcept override;
  [[nodiscard]] bool gave_up() const noexcept override { return timed_out_; }
  void client_has_read() noexcept override { enter(Stage::handling); }
  [[nodiscard]] bool draining() const noexcept override { return connections().draining(); }
  /// Whether no request may come after the one in progress.
  [[nodiscard]] bool ending() const noexcept { return leaving() || connections().draining(); }
  [[nodiscard]] std::optional<ConnectionInfo> info() const override;

  Stream socket_;
  Peer peer_;
  std::shared_ptr<const Server> server_;
  RequestParser parser_;
  Exchange exchange_;
  ReadBuffer buffer_;
  Output output_;
  Turns turns_;
  const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
  std::uint64_t requests_ = 0;
  actors::Time now_{};
  actors::Time body_end_{};  // these two in Stage::body: what is behind it is too late anyway
  actors::Time body_due_{};  // when what has come so far is too little
  Stage stage_ = Stage::idle;
  bool request_begun_ = false;
  bool request_shared_ = false;  // with whoever was given it, and may still have it
  bool swallowing_ = false;      // what is left of a request that has been answered
  bool timed_out_ = false;
};

Awaitable<Handover> Session::run() {
  look_at_clock();
  enter(Stage::head);  // a client that connects is expected to ask something
  for (;;) {
    const auto progress = parse();
    if (progress == Progress::need_more) {
      const bool goes_on = co_await read_more();
      if (!goes_on) co_return nullptr;
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
    if (progress == Progress::refused) refuse();
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
    if (is_set(state)) co_return nullptr;
    Answer& answer = exchange_.finish();
    report_failure();
    const bool stays_open = keeps_open(progress, answer.response);
    append_head(output_.pending(), answer.response,
                {.head_request = false, .keep_alive = stays_open, .http_1_0 = request().http_1_0});
    if (!append_body(answer.response)) {
      const bool whole = co_await send_body(std::move(answer.response.body));
      report(answer.response.status, output_.body_bytes(), whole);
      if (!whole) co_return nullptr;
    }
    if (answer.take_over) {
      const bool reached = co_await output_.flush(nullptr);
      if (!reached) co_return nullptr;
      Upgraded connection{std::move(socket_), parser_.request(), std::string(buffer_.data()),
                          server_->connections};
      co_return hand_over(std::move(answer.take_over), std::move(connection));
    }
    end_request(progress);
    if (!stays_open) break;
    if (output_.pending().size() >= kFlushAt && !output_.flush_at_once()) {
      const bool reached = co_await output_.flush(nullptr);
      if (!reached) co_return nullptr;
    }
  }
  co_await close_politely();
  co_return nullptr;
}

// Once it is a WebSocket, that is what is shown.
std::optional<ConnectionInfo> Session::info() const {
  if (!socket_.is_open()) return std::nullopt;
  return ConnectionInfo{.actor = peer_.link ? peer_.link->actor : actors::Pid(),
                        .address = peer_.address.to_string(),
                        .since = since_,
                        .requests = requests_,
                        .queued_bytes = output_.queued_bytes()};
}

Progress Session::parse() {
  const auto step = parser_.advance(buffer_.data());
  buffer_.consume(step.consumed);
  return step.progress;
}

/// Flushes what is due and reads. False if the session ends here.
Awaitable<bool> Session::read_more() {
  if (!output_.flush_at_once()) {
    const bool reached = co_await output_.flush(nullptr);
    if (!reached) co_return false;
    look_at_clock();
  }
  expect_more();
  const bool gave_way = between_requests() && turns_.pays();
  if (gave_way) co_await asio::post(asio::use_awaitable_t<Executor>());
  const auto state = co_await asio::this_coro::cancellation_state;
  if (is_set(state) || timed_out_ || (draining() && between_requests())) {
    co_return false;
  }
  // Who makes room for others is not waited for: what has just come is answered, all the same.
  const bool makes_room = leaving() && waits_for_head();
  const auto span = buffer_.prepare();
  const auto room = asio::buffer(span.data(), span.size());
  error_code error = asio::error::would_block;
  std::size_t size = gave_way || makes_room ? socket_.read_some(room, error) : 0;
  if (gave_way) turns_.paid(error != asio::error::would_block);
  if (makes_room && error == asio::error::would_block) co_return false;
  if (error == asio::error::would_block) {
    const auto read = co_await socket_.async_read_some(room, kAsResult);
    actors::Shard::stir();
    std::tie(error, size) = read;
    if (leaving() && error == asio::error::operation_aborted) size = socket_.read_some(room, error);
  }
  look_at_clock();
  if (timed_out_ && request_begun_) {
    parser_.give_up({Status::request_timeout, "the request took too long to arrive"});
    co_return true;
  }
  if (error || timed_out_) co_return false;
  buffer_.commit(size);
  if (stage_ == Stage::body) body_comes(size);
  co_return true;
}

/// Begins the time that the client has for what comes next, unless it runs already.
void Session::expect_more() {
  if (exchange_.begun() || swallowing_) {
    if (stage_ != Stage::body) begin_body();
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
  Request& request = *parser_.request();
  request.client = peer_.address;
  request.secure = socket_.is_secure();
  request.received_at = now_;
  enter(Stage::handling);
  return exchange_.admit(parser_.request());
}

void Session::refuse() {
  const auto refusal = parser_.refusal();
  if (spdlog::should_log(spdlog::level::debug)) {
    SPDLOG_DEBUG("a request of {} port {} is refused with {}: {}", peer_.address.to_string(),
                 peer_.port, std::to_underlying(refusal.status), refusal.why);
  }
  exchange_.refuse(refusal);
}

void Session::expect_body() {
  look_at_clock();
  parser_.limit_body(exchange_.max_body_bytes());
  if (buffer_.empty() && parser_.expects_continue()) output_.pending() += kContinue;
}

/// Whether another request may come after this one. What is left of this one has to be read first,
/// if it is not too much, and if the client sends it at all.
bool Session::keeps_open(Progress progress, const Response& response) {
  if (progress == Progress::refused || !request().keep_alive || ending()) return false;
  if (request().http_1_0 && !response.body.size()) return false;
  if (progress == Progress::complete) return true;
  if (parser_.expects_continue() || request().content_length.value_or(0) > kMostSwallowed)
    return false;
  parser_.limit_body(kMostSwallowed);
  return true;
}

/// The request has been answered: what comes next is the rest of it, or another one, in the same
/// object if that is nobody else's.
void Session::end_request(Progress progress) {
  swallowing_ = progress == Progress::head;
  request_shared_ = request_shared_ || exchange_.shared();
  exchange_.end();
  if (progress != Progress::complete) return;
  ++requests_;
  if (std::exchange(request_shared_, false)) {
    std::ignore = parser_.take();
    parser_.request()->peer = peer_;
  } else {
    parser_.reuse();
  }
  request_begun_ = false;
  enter(Stage::handling);
}

/// Adds a body that is small or is not sent at all to the head. False if it has to be awaited.
bool Session::append_body(const Response& response) {
  const bool none = request().method == Method::head || !may_have_body(response.status);
  const bool small = response.body.has_bytes() && response.body.bytes().size() <= kMostCopied;
  if (!none && !small) return false;
  const auto bytes = none ? std::string_view() : response.body.bytes();
  output_.pending() += bytes;
  report(response.status, bytes.size(), true);
  return true;
}

Awaitable<bool> Session::send_body(Body body) {
  return output_.send(std::move(body), !request().http_1_0);
}

void Session::report(Status status, std::uint64_t bytes, bool whole) {
  look_at_clock();
  if (!server_->on_answered) return;
  server_->on_answered(request(), {.status = status,
                                   .body_bytes = bytes,
                                   .duration = now_ - request().received_at,
                                   .whole = whole});
}

void Session::report_failure() {
  if (exchange_.failure() && server_->on_exception) {
    server_->on_exception(request(), exchange_.failure());
  }
}

/// Sends what is due and closes. Reads on until the client has closed as well: closing with unread
/// input would reset the connection, and that takes the answer away.
Awaitable<void> Session::close_politely() {
  const bool reached = co_await output_.flush(nullptr);
  if (!reached) co_return;
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  look_at_clock();
  enter(Stage::lingering);
  for (;;) {
    const auto room = buffer_.prepare();
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), kAsResult);
    const bool cancelled = co_await is_cancelled();
    if (error || timed_out_ || cancelled) co_return;
  }
}

/// Begins a stage at the time that was read last.
void Session::enter(Stage stage) noexcept {
  stage_ = stage;
  timed_out_ = false;
  idle_since(idle_from(stage));
  expire_at(stage == Stage::handling ? actors::Time::max()
                                     : actors::deadline_after(now_, time_for(stage)));
}

/// A body has to come in its time, and never slower on average than a client may be: each byte buys
/// a moment more.
void Session::begin_body() noexcept {
  enter(Stage::body);
  body_end_ = actors::deadline_after(now_, server_->timeouts.body);
  body_due_ = actors::deadline_after(now_, server_->timeouts.body_grace);
  body_comes(0);
}

void Session::body_comes(std::size_t bytes) noexcept {
  const auto rate = server_->limits.min_body_rate;
  if (rate == 0) return;
  constexpr std::size_t kUnitsASecond = 1'000'000;
  const std::chrono::microseconds bought(bytes * kUnitsASecond / rate);
  body_due_ = actors::deadline_after(body_due_, bought);
  expire_at(std::min(body_end_, body_due_));
}

/// When a connection that begins a stage begins to be idle. A head has its time to come: without
/// an end to that, one byte of each would keep everybody else out.
actors::Time Session::idle_from(Stage stage) const noexcept {
  if (stage == Stage::idle) return now_;
  if (stage == Stage::head) return actors::deadline_after(now_, kTimeOfNew);
  return actors::Time::max();
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

/// Of a client that has been waited for.
std::string_view Session::activity_in(Stage stage) noexcept {
  switch (stage) {
    case Stage::idle: return "to ask again";
    case Stage::head: return "to send a request's head";
    case Stage::body: return "to send a request's body";
    case Stage::writing: return "to read its answer";
    case Stage::lingering: return "to close";
    case Stage::handling: break;
  }
  return "";
}

void Session::wait_for_client() noexcept {
  look_at_clock();
  enter(Stage::writing);
}

void Session::on_deadline() {
  if (stage_ == Stage::writing && output_.client_reads()) return wait_for_client();
  timed_out_ = true;
  if (spdlog::should_log(spdlog::level::debug)) {
    SPDLOG_DEBUG("{} port {} took too long {}", peer_.address.to_string(), peer_.port,
                 activity_in(stage_));
  }
  error_code ignored;
  socket_.cancel(ignored);
}

void Session::on_drain() {
  output_.drain();
  if (waits_for_head() && between_requests()) stop_waiting();
}

void Session::stop_waiting() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace

Awaitable<Handover> serve(Stream stream, Peer peer, std::shared_ptr<const Server> server) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto session = std::make_unique<Session>(std::move(stream), std::move(peer), std::move(server));
  auto handover = co_await session->run();
  co_return handover;
}

}  // namespace coppice::net::http
