#include "actors/sleep.hpp"

#include "actors/shard.hpp"

namespace coppice::actors {

bool SleepAwaiter::await_suspend(std::coroutine_handle<> coroutine) noexcept {
  if (must_not_wait()) return false;
  Shard& shard = *Shard::current();
  park(coroutine);
  if (delay_ <= Duration::zero()) {
    on_expire();  // on the actor's next turn, not on the wheel's next tick
    return true;
  }
  shard.timers().arm(*this, deadline_after(shard.now(), delay_));
  return true;
}

void SleepAwaiter::cancel() noexcept {
  Timer::cancel();
  complete();
}

void SleepAwaiter::on_expire() noexcept {
  slept_ = true;
  complete();
}

}  // namespace coppice::actors
