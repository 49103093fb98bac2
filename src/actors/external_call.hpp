#pragma once

#include <memory>
#include <mutex>
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
    const auto answered = [this] {
      const std::lock_guard lock(mutex_);
      return result_.has_value();
    };
    std::ignore = runtime_.wait(answered, deadline);
    const std::lock_guard lock(mutex_);
    if (result_) return std::move(*result_);
    gave_up_ = true;
    return fail(Errc::timeout);
  }

  [[nodiscard]] bool is_here() const noexcept override { return true; }
  bool complete(std::uint64_t /*id*/, void* result) noexcept override {
    const auto keep_alive = std::move(self_);  // this may be the last owner
    {
      const std::lock_guard lock(mutex_);
      if (gave_up_) {
        report_late_reply(runtime_);
        return true;
      }
      result_ = std::move(*static_cast<Result<R>*>(result));
    }
    runtime_.notify_waiters();
    return true;
  }
  void post_reply(std::unique_ptr<Envelope> /*envelope*/) noexcept override {}
  void late_reply() noexcept override {}

 private:
  explicit ExternalCall(Runtime& runtime) noexcept : runtime_(runtime) {}

  Runtime& runtime_;
  std::shared_ptr<ExternalCall> self_;
  std::mutex mutex_;  // guards what follows
  std::optional<Result<R>> result_;
  bool gave_up_ = false;
};

}  // namespace coppice::actors
