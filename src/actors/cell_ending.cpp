// How an actor ends: by its own wish, by a crash, by a stop or by a kill.
#include <algorithm>
#include <cstdlib>

#include "actors/cell.hpp"
#include "actors/cell_extras.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"

namespace coppice::actors {

/// A terminate hook that is a coroutine.
class Cell::TerminateActivity final : public StepEnvelope {
 public:
  TerminateActivity(Pid self, Task<void> task) noexcept
      : StepEnvelope(self, self, Lane::system), task_(std::move(task)) {}
  [[nodiscard]] const TypeTag& type() const noexcept override {
    return type_tag<TerminateActivity>();
  }

 private:
  Step<void> call(Cell& /*cell*/) override { return std::move(task_); }
  Task<void> task_;
};

void Cell::stop_after_handler(ExitReason reason) noexcept {
  if (stop_requested_) return;
  if (!reason.is_clean()) report_crash(reason);
  resign(std::move(reason));
}

void Cell::resign(ExitReason reason) noexcept {
  if (stop_requested_) return;
  stop_requested_ = true;
  stop_reason_ = std::move(reason);
  if (slot_ != nullptr) publish_state(ActorState::stopping);
  schedule();
}

void Cell::request_stop(ExitReason reason, Time deadline) noexcept {
  stop_deadline_ = std::min(stop_deadline_, deadline);
  if (phase_ >= Phase::terminating) return;
  // The other reasons are somebody else's, who has reported them if need be.
  const bool its_own = reason.kind() == ExitReason::Kind::mailbox_overflow;
  if (its_own && !stop_requested_) report_crash(reason);
  resign(std::move(reason));
  if (cancelling_) return;
  cancelling_ = true;
  cancel_waiters();
}

void Cell::cancel_waiters() noexcept {
  // cancel() may complete the waiter at once, which takes it out of the list, or later.
  Waiter* next = nullptr;
  for (Waiter* waiter = parked_.front(); waiter != nullptr; waiter = next) {
    next = waiter->next_;
    waiter->cancel();
  }
}

void Cell::kill(ExitReason reason) noexcept {
  if (phase_ >= Phase::draining) return;
  const bool was_told_to_stop = stop_requested_;
  stop_requested_ = true;
  stop_reason_ = std::move(reason);
  cancelling_ = true;
  phase_ = Phase::draining;
  if (parked_.all_destroyable()) return;  // finish() destroys the frames

  // An operation outside the runtime still points into a frame.
  cancel_waiters();
  if (on_unstoppable_ == OnUnstoppable::wait) return;
  if (was_told_to_stop) {
    if (on_unstoppable_ == OnUnstoppable::abort_process) {
      report_crash(ExitReason::of(ExitReason::Kind::abandoned));
      std::abort();
    }
    stop_reason_ = ExitReason::of(ExitReason::Kind::abandoned);
  }
  fence_as_zombie();
}

void Cell::after_terminate(std::move_only_function<void()> action) {
  extras().after_terminate.push_back(std::move(action));
}

void Cell::crashed(const std::exception_ptr& exception) noexcept {
  auto awaiting = detail::take_noted_await_chain();
  // A handler that was cancelled may well leave by an exception; that is no crash.
  if (!cancelling_) {
    const Envelope* const message = handled_message();
    ExitReason reason =
        reason_of(exception, message != nullptr ? message->type().name : "", std::move(awaiting));
    stop_requested_ = true;
    stop_reason_ = std::move(reason);
    publish_state(ActorState::stopping);
    if (!stop_reason_.is_clean()) report_crash(stop_reason_);
  }
  if (waits_on_handler()) {
    // The exception is a background task's. The handler ends as for a stop: its frame must not go
    // while an operation outside the runtime points into it.
    if (!std::exchange(cancelling_, true)) cancel_waiters();
    return;
  }
  const DropScope down(stop_reason_);
  activity_ = {};
}

// A suspended handler is not what crashed.
const Envelope* Cell::handled_message() const noexcept {
  return waits_on_handler() ? nullptr : activity_.envelope.get();
}

void Cell::report_crash(const ExitReason& reason) noexcept {
  auto& events = shard_.runtime().events();
  if (!place_ && !events.wanted(EventKind::actor_crash)) return;
  auto report = std::make_shared<CrashReport>();
  report->pid = pid_;
  report->path = path();
  report->actor_type = type_->name;
  if (const Envelope* const message = handled_message()) {
    report->message_type = message->type().name;
    report->caller = message->from();
    report->caller_awaiting = shard_.awaiting(message->from());
  }
  if (extras_ && extras_->debugging) report->recent = extras_->debugging->logged();
  try {
    report->state = actor_->describe();
  } catch (...) {  // a broken actor may be unable to describe itself
    report->state = "describe() failed";
  }
  report->reason = reason;
  // An incarnation is counted once it has started.
  report->incarnation = (place_ ? place_->epoch() : 0) + (started_ && place_ ? 0 : 1);
  report->mailbox_depth = depth_;
  report->handled = slot_->handled.load(std::memory_order_relaxed);
  report->links = links();
  report->at = std::chrono::system_clock::now();
  events.emit({.kind = EventKind::actor_crash,
               .pid = pid_,
               .other = parent_,
               .path = report->path,
               .type = type_->name,
               .reason = &report->reason,
               .crash = report.get()});
  if (place_) place_->record_crash(std::move(report));
}

void Cell::advance_stop() {
  if (!stop_requested_ || phase_ == Phase::finished) return;
  if (phase_ == Phase::draining) {
    // Killed: frames that code outside the runtime points into come back first.
    if (parked_.all_destroyable()) finish();
    return;
  }
  if (!frames_have_ended()) return;
  if (phase_ == Phase::running) {
    begin_terminate();
    if (!frames_have_ended()) return;
  }
  phase_ = Phase::draining;
  finish();
}

// The handler, init or hook that runs ends by itself; background tasks are told to.
bool Cell::frames_have_ended() noexcept {
  if (waits_on_handler()) return false;
  if (!extras_ || extras_->background.running() == 0) return true;
  if (!std::exchange(cancelling_, true)) cancel_waiters();
  return extras_->background.running() == 0;
}

void Cell::begin_terminate() {
  phase_ = Phase::terminating;
  cancelling_ = false;  // the hook may wait, within the deadline of whoever stops the actor
  Step<void> step = actor_->on_terminate(stop_reason_);
  if (step.is_done()) return;
  begin_activity(std::make_unique<TerminateActivity>(pid_, std::move(step.task())));
}

void Cell::finish() noexcept {
  phase_ = Phase::finished;
  if (extras_) {
    for (auto& action : extras_->after_terminate) action();
    extras_->after_terminate.clear();
  }
  vanish();
  destroy_state();
  tell_the_bereaved();
  acknowledge_failed_start();
  shard_.slots().release(pid_);
}

// From here on nobody can find the actor.
void Cell::vanish() noexcept {
  shard_.slots().invalidate(pid_);
  if (place_) place_->ended(pid_, static_cast<bool>(parent_));
  if (!extras_) return;
  auto& registry = shard_.runtime().registry();
  for (const auto& name : extras_->names) registry.remove_name(name, pid_);
  for (const auto& group : extras_->groups) registry.leave(group, pid_);
  extras_->timers.clear();
  extras_->idle.reset();
  extras_->init_deadline.reset();
}

void Cell::destroy_state() noexcept {
  // A start that failed hands on what it had taken over itself.
  if (keep_unstarted_ && place_ && parent_) {
    MailQueue kept;
    while (auto mail = user_.take_first([](const Envelope& e) { return e.can_be_kept(); })) {
      kept.push(std::move(mail));
    }
    place_->park_mail(std::move(kept));
  }
  const DropScope down(stop_reason_);
  drop_mail();
  activity_ = {};
  continuation_.reset();
  if (extras_) {
    extras_->background.clear();
    extras_->drop_debts();
  }
  actor_.reset();
}

void Cell::drop_mail() noexcept {
  user_.clear();
  urgent_.clear();
  system_.clear();
}

void Cell::tell_the_bereaved() noexcept {
  auto& events = shard_.runtime().events();
  events.emit({.kind = EventKind::actor_exit,
               .pid = pid_,
               .other = parent_,
               .path = place_ ? std::string_view(place_->path()) : "",
               .type = type_->name,
               .value = depth_,
               .reason = &stop_reason_});
  if (parent_) {
    // A parent that waits for the start hears of its failure by that.
    const bool is_news = started_ || !start_reply_;
    shard_.send_signal(
        std::make_unique<ChildExitEnvelope>(parent_, ChildExit{pid_, stop_reason_}, is_news));
  }
  if (!extras_) return;
  for (const auto& [monitor, watcher] : extras_->watchers) {
    shard_.send_signal(std::make_unique<DownEnvelope>(watcher, Down{monitor, pid_, stop_reason_}));
  }
  for (const Pid peer : extras_->links) {
    // Likewise: a failed start leaves no exit signal behind.
    if (peer == parent_ && !started_ && start_reply_) {
      shard_.send_signal(std::make_unique<LinkEnvelope>(pid_, peer, /*link=*/false));
      continue;
    }
    shard_.send_signal(
        std::make_unique<ExitSignalEnvelope>(pid_, peer, stop_reason_, /*from_link=*/true));
  }
  for (const Pid child : extras_->children) {
    shard_.send_signal(std::make_unique<StopEnvelope>(child, stop_reason_));
  }
  for (const auto& [monitor, watching] : extras_->watching) {
    shard_.send_signal(std::make_unique<DemonitorEnvelope>(watching.target, monitor));
  }
}

void Cell::acknowledge_failed_start() noexcept {
  if (started_ || !start_reply_) return;
  start_reply_.answer(StartOutcome{.kind = start_failure_, .pid = pid_, .reason = stop_reason_});
}

void Cell::fence_as_zombie() noexcept {
  phase_ = Phase::finished;
  fenced_ = true;
  vanish();
  {
    const DropScope down(stop_reason_);
    drop_mail();
    continuation_.reset();
    // The frame stays, but nobody shall wait for its answer.
    if (activity_.envelope) activity_.envelope->drop_call();
    if (extras_) extras_->drop_debts();
  }
  shard_.runtime().events().emit({.kind = EventKind::zombie_add,
                                  .pid = pid_,
                                  .path = place_ ? std::string_view(place_->path()) : "",
                                  .type = type_->name,
                                  .reason = &stop_reason_});
  tell_the_bereaved();
  acknowledge_failed_start();
  shard_.zombie_added(stop_reason_.kind() == ExitReason::Kind::abandoned);
}

void Cell::obliterate() noexcept {
  const DropScope down(Error(Errc::shutting_down, "the runtime has ended"));
  if (!parked_.all_destroyable()) cancel_waiters();
  fenced_ = true;
  drop_mail();
  continuation_.reset();
}

}  // namespace coppice::actors
