#include "app/oidc/discovery.hpp"

#include <chrono>
#include <coroutine>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/reply.hpp"
#include "actors/reply_awaiter.hpp"
#include "actors/shard.hpp"
#include "actors/time.hpp"
#include "app/outgoing/http_request.hpp"

namespace coppice::app::oidc {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;
using actors::Task;
using actors::Time;

namespace {

constexpr auto kKept = std::chrono::hours(1);
constexpr auto kFailureKept = std::chrono::seconds(5);
// Longer than one request takes at the most, with a while in the queue for a thread.
constexpr auto kPatience = std::chrono::seconds(20);

}  // namespace

/// What is known, and who waits to know. Thread: any.
class Discovery::Shared {
 public:
  Shared(std::string name, Ask ask) : name_(std::move(name)), ask_(std::move(ask)) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const Ask& ask() const noexcept { return ask_; }

  enum class Turn : bool { asks, waits };

  /// What can be said at once; or what whoever wants to know has to do.
  std::variant<Result<MetadataPtr>, Turn> enter(Time now) {
    const std::lock_guard lock(mutex_);
    if (known_ && now - known_at_ < kKept) return known();
    if (failure_ && now - failed_at_ < kFailureKept) return known();
    if (asking_ && known_) return known();
    return std::exchange(asking_, true) ? Turn::waits : Turn::asks;
  }

  /// Answers as soon as whoever asks has, which may be now.
  void join(actors::ReplyTo<MetadataPtr> reply) {
    std::unique_lock lock(mutex_);
    if (asking_) return waiting_.push_back(std::move(reply));
    auto answer = known();
    lock.unlock();
    reply.answer(std::move(answer));
  }

  /// Ends the turn of whoever asked.
  Result<MetadataPtr> settle(Result<Metadata> found, Time now) {
    std::unique_lock lock(mutex_);
    asking_ = false;
    if (found) {
      known_ = std::make_shared<const Metadata>(std::move(*found));
      known_at_ = now;
      failure_.reset();
    } else {
      failure_ = std::move(found.error());
      failed_at_ = now;
    }
    auto answer = known();
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    for (auto& reply : waiting) reply.answer(answer);
    return answer;
  }

  /// Nobody asks any more, and nothing was learnt.
  void give_up() noexcept {
    std::unique_lock lock(mutex_);
    asking_ = false;
    auto waiting = std::exchange(waiting_, {});
    lock.unlock();
    for (auto& reply : waiting) reply.answer(fail(Errc::cancelled));
  }

 private:
  /// What it said before is better than nothing.
  [[nodiscard]] Result<MetadataPtr> known() const {
    if (known_) return known_;
    if (failure_) return std::unexpected(*failure_);
    return fail(Errc::unavailable, "nobody has asked the provider");
  }

  const std::string name_;
  const Ask ask_;
  std::mutex mutex_;  // guards what follows; never held while the provider is asked
  MetadataPtr known_;
  Time known_at_{};
  std::optional<Error> failure_;
  Time failed_at_{};
  bool asking_ = false;
  std::vector<actors::ReplyTo<MetadataPtr>> waiting_;
};

/// The turn of whoever asks: should they be stopped meanwhile, others may.
class Discovery::Asking {
 public:
  explicit Asking(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() {
    if (shared_) shared_->give_up();
  }

  Result<MetadataPtr> settle(Result<Metadata> found) {
    return std::exchange(shared_, nullptr)
        ->settle(std::move(found), actors::Shard::current()->now());
  }

 private:
  std::shared_ptr<Shared> shared_;
};

/// Waits for what somebody else finds out.
class Discovery::Answer final : public actors::ReplyAwaiter<MetadataPtr> {
 public:
  explicit Answer(std::shared_ptr<Shared> shared)
      : ReplyAwaiter(kPatience), shared_(std::move(shared)) {}

  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (must_not_wait()) {
      settle(fail(Errc::cancelled));
      return false;
    }
    shared_->join(open());
    return suspend(coroutine);
  }

 private:
  std::shared_ptr<Shared> shared_;
};

Discovery::Discovery(std::string name, Ask ask)
    : shared_(std::make_shared<Shared>(std::move(name), std::move(ask))) {}

Task<Result<MetadataPtr>> Discovery::metadata(std::vector<std::string> headers) const {
  return find(shared_, std::move(headers));
}

Task<Result<MetadataPtr>> Discovery::find(std::shared_ptr<Shared> shared,
                                          std::vector<std::string> headers) {
  auto next = shared->enter(actors::Shard::current()->now());
  if (auto* at_once = std::get_if<Result<MetadataPtr>>(&next)) co_return std::move(*at_once);
  if (std::get<Shared::Turn>(next) == Shared::Turn::waits) co_return co_await Answer(shared);
  Asking asking(shared);
  auto work = [shared, headers = std::move(headers)] {
    const outgoing::HeadersForAll passed_on(headers);
    return shared->ask()();
  };
  auto found = co_await actors::blocking(std::move(work), kPatience);
  auto said = found ? std::move(*found) : Result<Metadata>(std::unexpected(found.error()));
  if (!said) SPDLOG_WARN("sign-in with {}: {}", shared->name(), said.error().message());
  co_return asking.settle(std::move(said));
}

}  // namespace coppice::app::oidc
