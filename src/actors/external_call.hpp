#pragma once

#include <memory>
#include <optional>

#include "actors/reply.hpp"
#include "actors/runtime.hpp"

namespace coppice::actors {

/// Reports that an answer came after its caller had stopped waiting.
void report_late_reply(Runtime& runtime) noexcept;

/// A call made by a thread that is no shard: it blocks until the answer is there.
///
/// Thread: one waits; the answer may come from any.
template <class R>
class ExternalCall final : public ReplySink {
 public:
  static std::shared_ptr<ExternalCall> make(Runtime& runtime) {
    auto call = std::shared_ptr<ExternalCall>(new ExternalCall(runtime));
    call->self_ = call;
    return call;
  }

  /// The token to send along; to be made exactly once.
  [[nodiscard]] ReplyTo<R> reply_to(Time deadline) { return ReplyTo<R>(*this, 1, deadline); }

  /// Errors: timeout, and what the answering side says.
  Result<R> wait(Time deadline) {
    std::ignore = runtime_.wait([this] { return result_.has_value(); }, deadline);
    const auto lock = runtime_.lock_waiters();
    if (result_) return std::move(*result_);
    gave_up_ = true;
    return fail(Errc::timeout);
  }

  [[nodiscard]] bool is_here() const noexcept override { return true; }
  bool complete(std::uint64_t /*id*/, void* result) noexcept override {
    const auto keep_alive = std::move(self_);  // this may be the last owner
    {
      // Once the lock is free, the caller may go on and end the runtime: nothing comes after it.
      const auto lock = runtime_.lock_waiters();
      if (!gave_up_) {
        result_ = std::move(*static_cast<Result<R>*>(result));
        runtime_.wake_waiters();
        return true;
      }
    }
    report_late_reply(runtime_);
    return true;
  }
  void post_reply(std::unique_ptr<Envelope> /*envelope*/) noexcept override {}
  void late_reply() noexcept override {}

 private:
  explicit ExternalCall(Runtime& runtime) noexcept : runtime_(runtime) {}

  Runtime& runtime_;
  std::shared_ptr<ExternalCall> self_;
  // Guarded by the runtime's lock for waiters.
  std::optional<Result<R>> result_;
  bool gave_up_ = false;
};

}  // namespace coppice::actors
