#pragma once

#include <cstddef>
#include <exception>
#include <list>

#include "actors/task.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// Tasks of one actor that run side by side and end with their group: structured concurrency.
///
/// Tasks interleave at their awaits, so they must not assume that the actor's state stands still
/// across one. Destroying the group destroys the tasks that have not finished.
///
/// Thread: the actor's shard.
class TaskGroup {
 public:
  TaskGroup() noexcept = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts @p task at once; it runs until its first suspension before this returns.
  void add(Task<void> task);

  [[nodiscard]] std::size_t running() const noexcept { return running_; }

  /// Whether nothing runs, nobody waits, and no failure is left to be taken.
  [[nodiscard]] bool empty() const noexcept {
    return running_ == 0 && joiner_ == nullptr && !failure_;
  }

  [[nodiscard]] bool has_failed() const noexcept { return static_cast<bool>(failure_); }

  /// The first exception that left a task, once.
  [[nodiscard]] std::exception_ptr take_failure() noexcept { return std::exchange(failure_, {}); }

  /// Destroys the tasks that have not finished.
  void clear() noexcept {
    entries_.clear();
    running_ = 0;
  }

  /// Waits until every task has finished, then rethrows the first exception if there was one.
  /// Not interrupted by cancellation: the tasks are cancelled themselves and end.
  Task<void> join();

 private:
  struct Entry {
    Task<void> root;
    bool done = false;
  };

  /// Suspends until the last running task finishes.
  class AllDone final : public Waiter {
   public:
    explicit AllDone(TaskGroup& group) noexcept : group_(group) {}
    ~AllDone() override { group_.joiner_ = nullptr; }
    [[nodiscard]] bool await_ready() const noexcept { return group_.running_ == 0; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept {
      group_.joiner_ = this;
      park(coroutine);
    }
    void await_resume() const noexcept {}
    void cancel() noexcept override {}
    void done() noexcept { complete(); }

   private:
    TaskGroup& group_;
  };

  Task<void> supervise(Task<void> task, Entry* entry);
  void reap();

  std::list<Entry> entries_;
  std::size_t running_ = 0;
  AllDone* joiner_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace coppice::actors
