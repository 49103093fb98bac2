#pragma once

#include <coroutine>
#include <optional>

#include "actors/cell.hpp"
#include "actors/reply.hpp"
#include "actors/shard.hpp"
#include "actors/timer_wheel.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// Reports that an actor gave up waiting for an answer.
void emit_call_timeout(const Cell& caller) noexcept;

/// Suspends a coroutine of an actor until a ReplyTo<R> is answered, the deadline passes, or the
/// actor is told to stop. The base of call() and of everything else that waits for an answer.
///
/// Thread: the actor's shard.
template <class R>
class ReplyAwaiter : public Waiter, public PendingCall, private Timer {
 public:
  explicit ReplyAwaiter(Duration timeout) noexcept : timeout_(timeout) {}
  ~ReplyAwaiter() override {
    if (open_) shard().pending_calls().remove(id_);
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  /// Errors: timeout, cancelled, and what the answering side says.
  [[nodiscard]] Result<R> await_resume() noexcept { return std::move(*result_); }

  void cancel() noexcept override { settle(fail(Errc::cancelled)); }

 protected:
  /// Registers the wait and returns the token to send along.
  [[nodiscard]] ReplyTo<R> open() {
    id_ = shard().pending_calls().add(*this);
    open_ = true;
    return ReplyTo<R>(shard(), id_, deadline_after(shard().now(), timeout_));
  }

  /// Suspends unless the answer is there already; the result of await_suspend.
  [[nodiscard]] bool suspend(std::coroutine_handle<> coroutine) noexcept {
    if (result_) return false;
    park(coroutine);
    shard().timers().arm(*this, deadline_after(shard().now(), timeout_));
    return true;
  }

  void settle(Result<R> result) noexcept {
    if (result_) return;
    if (std::exchange(open_, false)) shard().pending_calls().remove(id_);
    Timer::cancel();
    result_ = std::move(result);
    complete();
  }

  [[nodiscard]] static Shard& shard() noexcept { return *Shard::current(); }

  /// The deadline has passed; the wait ends with `timeout`.
  virtual void timed_out() noexcept { emit_call_timeout(*cell()); }

 private:
  void on_reply(void* result) noexcept override {
    open_ = false;  // take() has forgotten it
    settle(std::move(*static_cast<Result<R>*>(result)));
  }

  void on_expire() noexcept override {
    timed_out();
    settle(fail(Errc::timeout));
  }

  Duration timeout_;
  std::uint64_t id_ = 0;
  bool open_ = false;
  std::optional<Result<R>> result_;
};

}  // namespace coppice::actors
