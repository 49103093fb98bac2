#pragma once

#include <coroutine>

#include "actors/time.hpp"
#include "actors/timer_wheel.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// `co_await sleep_for(delay)`. Gives false if the actor was told to stop meanwhile; from then on
/// it gives false at once, so a loop around it must look. A delay of zero lets others run, no more.
///
/// Thread: an actor's shard.
class [[nodiscard]] SleepAwaiter final : public Waiter, private Timer {
 public:
  explicit SleepAwaiter(Duration delay) noexcept : delay_(delay) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> coroutine) noexcept;
  [[nodiscard]] bool await_resume() const noexcept { return slept_; }
  void cancel() noexcept override;

 private:
  void on_expire() noexcept override;
  Duration delay_;
  bool slept_ = false;
};

inline SleepAwaiter sleep_for(Duration delay) noexcept { return SleepAwaiter(delay); }

/// `co_await yield()`: lets other actors run and continues on the actor's next turn.
class [[nodiscard]] YieldAwaiter final : public Waiter {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept {
    park(coroutine);
    complete();
  }
  void await_resume() const noexcept {}
  void cancel() noexcept override {}
};

inline YieldAwaiter yield() noexcept { return {}; }

}  // namespace coppice::actors
