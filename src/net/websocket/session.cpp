#include "net/websocket/session.hpp"

#include <array>
#include <random>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "actors/burst.hpp"

namespace coppice::net::websocket {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr int kReadsPerTurn = 4;        // then others get their turn
constexpr std::size_t kMaxSlices = 64;  // in one write

/// One read buffer serves all connections of a thread: what is read is used up at once.
std::span<char> read_buffer_of_this_thread() {
  thread_local std::array<char, kReadSize> buffer;
  return buffer;
}

actors::Duration random_within(actors::Duration spread) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<actors::Duration::rep> distribution(0, spread.count());
  return actors::Duration(distribution(random));
}

void count(const SlowClientStatsPtr& stats, std::atomic<std::uint64_t> SlowClientStats::* member,
           std::uint64_t more) {
  if (stats && more > 0) ((*stats).*member).fetch_add(more, std::memory_order_relaxed);
}

}  // namespace

std::string_view to_string(CloseCause cause) noexcept {
  switch (cause) {
    case CloseCause::peer: return "peer";
    case CloseCause::server: return "server";
    case CloseCause::violation: return "violation";
    case CloseCause::idle: return "idle";
    case CloseCause::overflow: return "overflow";
    case CloseCause::draining: return "draining";
    case CloseCause::lost: return "lost";
    case CloseCause::failed: return "failed";
  }
  return "unknown";
}

std::shared_ptr<Session> Session::make(Stream socket, std::shared_ptr<Connections> connections,
                                       std::shared_ptr<const Options> options) {
  return std::make_shared<Session>(Key{}, std::move(socket), std::move(connections),
                                   std::move(options));
}

Session::Session(Key /*key*/, Stream socket, std::shared_ptr<Connections> connections,
                 std::shared_ptr<const Options> options)
    : Connection(std::move(connections)),
      stream_(std::move(socket), this->connections().readiness()),
      options_(std::move(options)),
      decoder_(options_->limits, options_->deflate.has_value()) {}

void Session::start(std::weak_ptr<Owner> owner, std::string already_read, OnEnd on_end) {
  owner_ = std::move(owner);
  on_end_ = std::move(on_end);
  stream_.watch(*this);
  note_activity();
  if (connections().draining()) on_drain();
  handling_input_ = true;
  decode(already_read);
  handling_input_ = false;
  end_turn();
  stream_.read_on_later();  // TLS may have read further than the upgrade
}

void Session::on_ready() {
  const auto self = shared_from_this();  // its owner may let go of it
  if (awaiting_writable_) {
    awaiting_writable_ = false;
    shed_superseded();
    flush();
    if (!awaiting_writable_) stream_.want_to_write(false);
  }
  if (!stream_.is_open() || !read_available()) finish();
}

void Session::finish() {
  if (stream_.is_open()) abandon();
  end_turn();
  if (auto on_end = std::exchange(on_end_, nullptr)) on_end(failure_);
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for what the owner is told it ends
void Session::cut() noexcept {
  on_end_ = nullptr;
  if (!closed_) {
    closed_ = true;
    info_ = std::make_unique<CloseInfo>(CloseCause::failed, CloseCode::internal_error, "");
    queue_.push(Frame::close(CloseCode::internal_error, ""));
    flush();  // as far as that goes at once
  }
  abandon();
  end_turn();
}

void Session::offer(const Frame& frame, Shed shed) {
  if (closed_) return;
  if (options_->deflate && worth_deflating(frame)) {
    return pass_on(deflated(frame, *options_->deflate), shed);
  }
  pass_on(frame, shed);
}

/// Writes a frame as it is to go over the wire, or has it wait.
void Session::pass_on(const Frame& frame, Shed shed) {
  const bool nothing_waits = queue_.empty() && !awaiting_writable_;
  if (nothing_waits && !handling_input_ && !corked_ && may_write_now()) {
    return write_now(frame, shed);
  }
  const auto size = frame.wire().size();
  make_room(size, shed);
  if (closed_) return;
  if (!fits(size)) {
    if (shed.allowed()) return count(options_->slow_clients, &SlowClientStats::dropped, 1);
    count(options_->slow_clients, &SlowClientStats::closed, 1);
    queue_.drop_unstarted(stream_.bytes_under_way());
    return end(CloseCause::overflow, CloseCode::try_later, "reading too slowly");
  }
  queue_.push(frame, shed);
  flush_later();
}

bool Session::fits(std::size_t size) const noexcept {
  return queue_.empty() || queue_.bytes() + size <= options_->max_queued_bytes;
}

void Session::make_room(std::size_t size, Shed shed) {
  const auto share = options_->max_queued_bytes / 4;
  const auto is_over = [&] { return shed.allowed() && queue_.sheddable_bytes() + size > share; };
  if (!fits(size) || is_over()) flush();  // perhaps it is only that nobody has tried yet
  if (is_over()) {
    shed_superseded();
    shed_oldest(share / 2);  // more than need be, so that it isn't at each frame
  }
  if (!fits(size)) shed_oldest(0);
}

void Session::shed_oldest(std::size_t most) {
  count(options_->slow_clients, &SlowClientStats::dropped,
        queue_.drop_oldest(most, stream_.bytes_under_way()));
}

void Session::shed_superseded() {
  count(options_->slow_clients, &SlowClientStats::superseded,
        queue_.drop_superseded(stream_.bytes_under_way()));
}

void Session::close(CloseCode code, std::string_view reason) {
  end(CloseCause::server, code, reason);
}

/// Reads what is there. False if the connection has ended.
bool Session::read_available() {
  handling_input_ = true;  // whatever is sent meanwhile leaves below
  const auto buffer = read_buffer_of_this_thread();
  bool goes_on = true;
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    error_code error;
    const auto size = stream_.read_some(buffer, error);
    if (error == asio::error::would_block) break;
    goes_on = !error;
    if (error) break;
    note_activity();
    decode(buffer.first(size));
    if (size < buffer.size()) break;
  }
  handling_input_ = false;
  if (goes_on) {
    end_turn();
    stream_.read_on_later();
  }
  return goes_on;
}

void Session::note_activity() noexcept {
  if (!closed_ && !draining_) expire_after(options_->idle_timeout);
}

void Session::decode(std::span<char> bytes) {
  if (input_ends_) return;
  decoder_.feed(bytes);
  std::optional<actors::Burst> burst;
  try {
    while (const auto event = decoder_.next()) {
      connections().set_more_input(decoder_.has_more());
      if (decoder_.has_more() && !burst) burst.emplace();
      handle(*event);
    }
  } catch (...) {
    failure_ = std::current_exception();
    input_ends_ = true;
    end(CloseCause::failed, CloseCode::internal_error, "");
  }
  connections().set_more_input(false);
}

void Session::handle(const Decoder::Event& event) {
  switch (event.kind) {
    case Decoder::Kind::close:
      input_ends_ = true;
      return end(CloseCause::peer, event.code, event.payload);
    case Decoder::Kind::violation:
      input_ends_ = true;
      return end(CloseCause::violation, event.code, event.payload);
    case Decoder::Kind::pong: return;
    default: break;
  }
  const auto owner = owner_.lock();
  if (closed_ || !owner) return;
  if (event.kind == Decoder::Kind::ping) send(Frame::pong(event.payload));
  if (event.kind == Decoder::Kind::text) owner->on_text(event.payload);
  if (event.kind == Decoder::Kind::binary) owner->on_binary(event.payload);
}

/// Ends the session with a close frame, whose answer or delivery may take until the deadline.
void Session::end(CloseCause cause, CloseCode code, std::string_view reason) {
  if (closed_) return;
  closed_ = true;
  info_ = std::make_unique<CloseInfo>(cause, code, std::string(reason));
  queue_.push(Frame::close(code, cause == CloseCause::peer ? std::string_view() : reason));
  expire_after(options_->close_timeout);
  flush_later();
}

/// Gives the connection up: there is nobody to say anything to.
// NOLINTNEXTLINE(bugprone-exception-escape): without memory for its end the process ends
void Session::abandon() noexcept {
  closed_ = true;
  input_ends_ = true;
  stream_.close();
  act_at_end_of_turn();  // which is the end
}

void Session::end_turn() {
  const auto owner = owner_.lock();
  if (closed_ && owner && !std::exchange(owner_told_, true)) {
    owner->on_close(info_ ? *info_ : CloseInfo{CloseCause::lost, CloseCode::abnormal, {}});
  }
  if (stream_.is_open()) flush();
}

void Session::on_end_of_turn() {
  const auto self = shared_from_this();  // its owner may let go of it
  end_turn();
  if (!stream_.is_open()) finish();
}

void Session::flush_later() {
  if (!handling_input_ && !corked_) act_at_end_of_turn();
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for what waits the process ends
void Session::uncork() noexcept {
  corked_ = false;
  if (queue_.empty() || handling_input_) return;
  if (!closed_ && may_write_now()) {  // of an end its owner is told as well
    flush();
  } else {
    act_at_end_of_turn();
  }
}

/// Writes a frame without its having been in the queue; what the connection does not take goes
/// there.
void Session::write_now(const Frame& frame, Shed shed) {
  const auto wire = frame.wire();
  error_code error;
  const asio::const_buffer whole(wire.data(), wire.size());
  const auto written = stream_.write_some({&whole, 1}, error);
  if (written == wire.size()) return;
  if (error && error != asio::error::would_block) return abandon();
  queue_.push(frame, shed);
  queue_.consume(written);
  wait_until_writable();
}

/// Writes as much as the connection takes, without waiting.
void Session::flush() {
  std::array<asio::const_buffer, kMaxSlices> slices;
  while (!awaiting_writable_ && !queue_.empty()) {
    const auto count = queue_.gather(slices);
    error_code error;
    const auto written = stream_.write_some(std::span(slices).first(count), error);
    if (error == asio::error::would_block) return wait_until_writable();
    if (error) return abandon();
    queue_.consume(written);
  }
  end_output_if_done();
}

void Session::wait_until_writable() {
  awaiting_writable_ = true;
  stream_.want_to_write(true);
}

/// Once both sides have said all, the server closes first: RFC 6455 7.1.1. The session ends when
/// the client has followed.
void Session::end_output_if_done() noexcept {
  if (!input_ends_ || !queue_.empty() || std::exchange(output_ended_, true)) return;
  stream_.end_output();
}

void Session::on_deadline() {
  if (closed_) return abandon();
  if (draining_) return end(CloseCause::draining, CloseCode::restarting, "");
  end(CloseCause::idle, CloseCode::protocol_error, "idle for too long");
}

void Session::on_drain() {
  if (closed_) return;
  draining_ = true;
  expire_after(random_within(options_->drain_spread));
}

}  // namespace coppice::net::websocket
