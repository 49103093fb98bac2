#pragma once

#include <coroutine>
#include <optional>

#include "actors/exit_reason.hpp"
#include "actors/pid.hpp"
#include "actors/result.hpp"
#include "actors/signals.hpp"
#include "actors/task.hpp"
#include "actors/time.hpp"
#include "actors/timer_wheel.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// Watches another actor from inside a handler: the awaitable form of a monitor.
///
/// Make it before doing what may end the actor, then `co_await watch.wait(timeout)`, as often as
/// needed; the exit is not lost in between. Gives the reason, `noproc` if the actor had ended
/// before. Errors: timeout; cancelled when the watching actor is told to stop (interruptible
/// waits).
///
/// Thread: the watching actor's shard; lives in the frame of one of its coroutines.
class ExitWatch {
 public:
  enum class Interrupt : std::uint8_t { yes, no };

  explicit ExitWatch(Pid target);
  ExitWatch(const ExitWatch&) = delete;
  ExitWatch& operator=(const ExitWatch&) = delete;
  ~ExitWatch();

  class Awaiter;
  [[nodiscard]] Awaiter wait(Duration timeout, Interrupt interrupt = Interrupt::yes) noexcept;

  /// The runtime's notice.
  void on_exit(const ExitReason& reason) noexcept;

 private:
  Cell* watcher_;
  MonitorId monitor_{};
  std::optional<ExitReason> reason_;
  Awaiter* awaiter_ = nullptr;
};

class [[nodiscard]] ExitWatch::Awaiter final : public Waiter, private Timer {
 public:
  Awaiter(ExitWatch& watch, Duration timeout, Interrupt interrupt) noexcept
      : watch_(watch), timeout_(timeout), interrupt_(interrupt) {}
  ~Awaiter() override { watch_.awaiter_ = nullptr; }

  [[nodiscard]] bool await_ready() const noexcept { return watch_.reason_.has_value(); }
  bool await_suspend(std::coroutine_handle<> coroutine) noexcept;
  Result<ExitReason> await_resume() const;

  void cancel() noexcept override;
  void ended() noexcept;

 private:
  void on_expire() noexcept override;

  ExitWatch& watch_;
  Duration timeout_;
  Interrupt interrupt_;
  Errc error_ = Errc::cancelled;
};

inline ExitWatch::Awaiter ExitWatch::wait(Duration timeout, Interrupt interrupt) noexcept {
  return {*this, timeout, interrupt};
}

/// Waits until an actor has ended; see ExitWatch::wait.
Task<Result<ExitReason>> exited(Pid target, Duration timeout);

}  // namespace coppice::actors
