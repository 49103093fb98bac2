#include "actors/exit_watch.hpp"

#include "actors/cell.hpp"
#include "actors/shard.hpp"

namespace coppice::actors {

// Not among the initialisers: a target that is gone is told of inside monitor(), through on_exit().
ExitWatch::ExitWatch(Pid target) : watcher_(Shard::current_cell()) {
  monitor_ = watcher_->monitor(target, this);
}

ExitWatch::~ExitWatch() {
  if (!reason_) watcher_->demonitor(monitor_);
}

void ExitWatch::on_exit(const ExitReason& reason) noexcept {
  reason_ = reason;
  if (awaiter_ != nullptr) awaiter_->ended();
}

bool ExitWatch::Awaiter::await_suspend(std::coroutine_handle<> coroutine) noexcept {
  if (interrupt_ == Interrupt::yes && must_not_wait()) return false;
  Shard& shard = *Shard::current();
  watch_.awaiter_ = this;
  park(coroutine);
  shard.timers().arm(*this, deadline_after(shard.now(), timeout_));
  return true;
}

Result<ExitReason> ExitWatch::Awaiter::await_resume() const {
  if (watch_.reason_) return *watch_.reason_;
  return fail(error_);
}

void ExitWatch::Awaiter::cancel() noexcept {
  if (interrupt_ == Interrupt::no) return;
  Timer::cancel();
  complete();
}

void ExitWatch::Awaiter::ended() noexcept {
  Timer::cancel();
  complete();
}

void ExitWatch::Awaiter::on_expire() noexcept {
  error_ = Errc::timeout;
  complete();
}

Task<Result<ExitReason>> exited(Pid target, Duration timeout) {
  ExitWatch watch(target);
  co_return co_await watch.wait(timeout);
}

}  // namespace coppice::actors
