#include "net/channels/longpoll_session.hpp"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

namespace coppice::net::channels {
namespace {

using actors::Errc;
using actors::Result;
using websocket::CloseCause;
using websocket::CloseCode;

// Polls that others have taken over; more are let go before their window ends.
constexpr std::size_t kMaxWaiting = 4;

actors::Duration random_within(actors::Duration spread) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<actors::Duration::rep> distribution(0, spread.count());
  return actors::Duration(distribution(random));
}

}  // namespace

void LongPollSession::init() {
  outbox_ = std::make_shared<LongPollOutbox>(
      start_.max_queued_bytes, [this] { requeue(Changed{}); }, start_.slow_clients);
  start_.socket.origin.actor = self().pid();
  start_.socket.origin.carrier = outbox_;
  auto channels = start_.connected.open({.actor = self().pid(), .carrier = outbox_});
  socket_ = Socket::make(std::move(channels), outbox_, std::move(start_.socket));
  last_poll_at_ = now();
  send_every(start_.times.inactivity, LookForLife{});
  if (start_.on_begin) start_.on_begin(self());
}

/// However it ended: a session that was killed has no terminate().
LongPollSession::~LongPollSession() {
  if (outbox_) outbox_->detach();
  if (socket_) close_channels();
}

void LongPollSession::handle(Poll /*message*/, actors::ReplyTo<Polled> reply) {
  last_poll_at_ = now();
  set_last_waits(false);  // taken over
  if (auto messages = outbox_->take()) {
    reply.answer(Polled{Outcome::messages, *std::move(messages)});
    return;
  }
  if (waiting_.size() == kMaxWaiting) {
    cancel_timer(waiting_.front().window);
    waiting_.front().reply.answer(Polled{Outcome::none, {}});
    waiting_.erase(waiting_.begin());
  }
  const auto window = send_after(start_.times.window, WindowEnded{++polls_});
  waiting_.push_back({polls_, std::move(reply), window});
  set_last_waits(true);
}

void LongPollSession::set_last_waits(bool waits) noexcept {
  last_waits_ = waits;
  outbox_->set_awaited(waits);
}

Result<void> LongPollSession::handle(Post message) {
  for (const auto& frame : message.frames) {
    const auto received = frame.kind == PostedFrame::Kind::text
                              ? socket_->receive_text(frame.bytes)
                              : socket_->receive_binary(frame.bytes);
    if (!received) {
      const bool overloaded = received.error() == Errc::overloaded;
      end(CloseCause::violation, overloaded ? CloseCode::try_later : CloseCode::internal_error,
          received.error().context);
      return received;
    }
    if (outbox_->ending()) break;  // nothing is handled after it
  }
  return {};
}

/// Also ends what had nobody to answer to until now.
void LongPollSession::handle(Changed /*message*/) {
  outbox_->attend();
  std::ignore = answer_waiting();
  end_if_told();
}

/// Hands out what waits, if a poll waits for it.
bool LongPollSession::answer_waiting() {
  if (!last_waits_) return false;
  auto messages = outbox_->take();
  if (!messages) return false;
  cancel_timer(waiting_.back().window);
  waiting_.back().reply.answer(Polled{Outcome::messages, *std::move(messages)});
  waiting_.pop_back();
  set_last_waits(false);
  return true;
}

void LongPollSession::handle(WindowEnded message) {
  const auto found = std::ranges::find(waiting_, message.poll, &Waiting::poll);
  if (found == waiting_.end()) return;
  const bool is_last = last_waits_ && message.poll == polls_;
  if (is_last && answer_waiting()) return;  // there is something after all
  found->reply.answer(Polled{Outcome::none, {}});
  if (is_last) set_last_waits(false);
  waiting_.erase(found);
}

void LongPollSession::handle(LookForLife /*message*/) {
  if (now() - last_poll_at_ <= start_.times.inactivity) return;
  end(CloseCause::idle, CloseCode::protocol_error, "no poll for too long");
}

void LongPollSession::handle(Drain /*message*/) {
  set_timer("drain", random_within(start_.times.drain_spread), Leave{});
}

void LongPollSession::handle(Leave /*message*/) {
  end(CloseCause::draining, CloseCode::restarting, "");
}

void LongPollSession::end(CloseCause cause, CloseCode code, std::string_view reason) {
  outbox_->end(cause, code, reason);
  end_if_told();
}

void LongPollSession::end_if_told() {
  if (outbox_->ending()) stop();
}

void LongPollSession::terminate(const actors::ExitReason& /*reason*/) {
  for (auto& waiting : waiting_) waiting.reply.answer(Polled{Outcome::gone, {}});
  waiting_.clear();
  close_channels();
}

void LongPollSession::close_channels() noexcept {
  if (std::exchange(over_, true)) return;
  const websocket::CloseInfo lost{CloseCause::lost, CloseCode::abnormal, {}};
  const auto& info = outbox_->ending() ? *outbox_->ending() : lost;
  socket_->disconnect(info.cause);
  if (start_.connected.on_close) start_.connected.on_close(info);
  if (start_.on_end) start_.on_end(info);
}

std::string LongPollSession::describe() const {
  if (!socket_) return "not begun";
  return socket_->describe() + ", " + std::to_string(polls_) + " polls";
}

}  // namespace coppice::net::channels
