#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/options.hpp"
#include "actors/reply.hpp"
#include "actors/reply_awaiter.hpp"
#include "actors/runtime.hpp"

namespace coppice::actors {

/// A function that blocks, on its way through the pool. Thread: see each member.
class BlockingJob {
 public:
  /// @param actor  The place in the tree of the one that waits; may be empty.
  explicit BlockingJob(std::string actor = {}) noexcept : actor_(std::move(actor)) {}
  BlockingJob(const BlockingJob&) = delete;
  BlockingJob& operator=(const BlockingJob&) = delete;
  virtual ~BlockingJob() = default;

  /// Thread: the pool's. Touches nothing of the runtime.
  virtual void run() noexcept = 0;
  /// Answers the actor that waits. Not concurrently with fail().
  virtual void answer() noexcept = 0;
  virtual void fail(Errc why) noexcept = 0;

  [[nodiscard]] const std::string& actor() const noexcept { return actor_; }

 private:
  const std::string actor_;
};

/// For whom the job is that runs on this thread: the place in the tree of the actor that waits for
/// it. Empty on other threads. Lives as long as the job runs.
[[nodiscard]] std::string_view blocking_for() noexcept;

/// A few threads for work that blocks and isn't worth an actor with a thread of its own.
///
/// Threads start as they are needed. A job that never returns keeps its thread: it is counted, and
/// the runtime does not wait for it at its end beyond BlockingOptions::shutdown_grace.
///
/// Thread: any.
class BlockingPool {
 public:
  struct Stats {
    std::size_t queued = 0;
    std::size_t running = 0;
    std::size_t overdue = 0;  ///< still running though nobody waits any more
  };

  /// @param manual  No threads: jobs run when begin_one() and finish_one() are called.
  BlockingPool(BlockingOptions options, bool manual);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();

  /// Takes a job; one that doesn't fit is failed with `overloaded`.
  void submit(std::shared_ptr<BlockingJob> job);

  /// Takes a job back that has not begun. False if it has.
  bool withdraw(const BlockingJob& job) noexcept;

  /// Nobody waits for the job any more, though it runs.
  void give_up(const BlockingJob& job) noexcept;

  [[nodiscard]] Stats stats() const;

  /// Fails every job that is left and ends the threads.
  void close() noexcept;
  [[nodiscard]] bool is_closed() const noexcept;

  /// For the deterministic test kit: begins the oldest queued job, and runs and ends the oldest
  /// that has begun. False if there is none.
  bool begin_one();
  bool finish_one();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

namespace detail {

/// The place in the tree of the actor that runs.
[[nodiscard]] std::string path_of_running_actor();

/// The actor goes on without the job, which runs.
void give_up(const Cell& actor, const BlockingJob& job) noexcept;

/// What a job came to: its value, or the exception that left it.
template <class T>
struct JobOutcome {
  std::optional<T> value;
  std::exception_ptr exception;
};
template <>
struct JobOutcome<void> {
  std::exception_ptr exception;
};

template <class T>
class TypedJob final : public BlockingJob {
 public:
  TypedJob(std::string actor, std::move_only_function<T()> function,
           ReplyTo<JobOutcome<T>> reply) noexcept
      : BlockingJob(std::move(actor)), function_(std::move(function)), reply_(std::move(reply)) {}

  void run() noexcept override {
    // Moved here, so that what the function owns goes before anybody hears of its result.
    auto function = std::move(function_);
    try {
      if constexpr (std::is_void_v<T>) {
        function();
      } else {
        outcome_.value.emplace(function());
      }
    } catch (...) {  // rethrown in the actor that waits
      outcome_.exception = std::current_exception();
    }
  }
  void answer() noexcept override { reply_.answer(std::move(outcome_)); }
  void fail(Errc why) noexcept override { reply_.answer(actors::fail(why, "blocking pool")); }

 private:
  std::move_only_function<T()> function_;
  JobOutcome<T> outcome_;
  ReplyTo<JobOutcome<T>> reply_;
};

}  // namespace detail

/// The awaitable of blocking().
template <class T>
class [[nodiscard]] BlockingAwaiter final : public ReplyAwaiter<detail::JobOutcome<T>> {
 public:
  BlockingAwaiter(std::move_only_function<T()> function, Duration timeout) noexcept
      : ReplyAwaiter<detail::JobOutcome<T>>(timeout), function_(std::move(function)) {}

  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (this->must_not_wait()) {
      this->settle(fail(Errc::cancelled));
      return false;
    }
    job_ = std::make_shared<detail::TypedJob<T>>(detail::path_of_running_actor(),
                                                 std::move(function_), this->open());
    under_way_ = true;
    pool().submit(job_);
    return this->suspend(coroutine);
  }

  [[nodiscard]] Result<T> await_resume() {
    under_way_ = false;
    Result<detail::JobOutcome<T>> outcome = ReplyAwaiter<detail::JobOutcome<T>>::await_resume();
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->exception) std::rethrow_exception(outcome->exception);
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(*outcome->value);
    }
  }

  void cancel() noexcept override {
    if (pool().withdraw(*job_)) this->settle(fail(Errc::cancelled));
  }
  /// A closed pool has let go of its jobs.
  [[nodiscard]] bool destroyable() const noexcept override {
    return !under_way_ || pool().is_closed();
  }

 private:
  void timed_out() noexcept override {
    under_way_ = false;
    if (!pool().withdraw(*job_)) detail::give_up(*this->cell(), *job_);
  }
  [[nodiscard]] static BlockingPool& pool() noexcept {
    return Shard::current()->runtime().blocking_pool();
  }

  std::move_only_function<T()> function_;
  std::shared_ptr<detail::TypedJob<T>> job_;
  bool under_way_ = false;
};

/// Runs @p function on a thread of the pool and waits for what it returns:
///
///     Result<Hash> hash = co_await blocking([password] { return hash_slowly(password); }, 2s);
///
/// The function owns its data, as a message does. Nothing can interrupt it: when the actor is told
/// to stop, a job that has not begun is withdrawn, and one that runs is waited for until whoever
/// stops the actor loses patience and abandons it. After @p timeout the actor goes on and the job's
/// result is dropped; event `blocking.overdue`.
///
/// An exception that leaves the function is rethrown here. Errors: timeout, overloaded (too many
/// jobs wait), cancelled, shutting_down.
///
/// Thread: inside an actor's coroutine.
template <class Function>
[[nodiscard]] auto blocking(Function function, Duration timeout) {
  using T = std::invoke_result_t<Function&>;
  return BlockingAwaiter<T>(std::move_only_function<T()>(std::move(function)), timeout);
}

}  // namespace coppice::actors
