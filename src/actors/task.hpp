#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/block_pool.hpp"

namespace coppice::actors {

template <class T>
class Task;

namespace detail {

/// What every actor coroutine's promise has: its continuation and its place in the await chain.
class PromiseBase {
 public:
  static void* operator new(std::size_t bytes) { return BlockPool::allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    BlockPool::deallocate(frame, bytes);
  }

  struct FinalAwaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) noexcept {
      const PromiseBase& self = finished.promise();
      if (self.continuation_ == nullptr) return std::noop_coroutine();
      self.parent_->child_ = nullptr;
      return self.continuation_;
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwaiter final_suspend() const noexcept { return {}; }

  /// Notes where the coroutine awaits; costs one store.
  template <class Awaitable>
  Awaitable&& await_transform(Awaitable&& awaitable,
                              std::source_location at = std::source_location::current()) noexcept {
    where_ = at;
    return std::forward<Awaitable>(awaitable);
  }

  void continue_with(std::coroutine_handle<> continuation, PromiseBase* parent) noexcept {
    continuation_ = continuation;
    parent_ = parent;
    parent->child_ = this;
  }

  /// The coroutine at the end of the chain of those that wait for each other, this one at its head.
  [[nodiscard]] const PromiseBase& innermost() const noexcept {
    const PromiseBase* promise = this;
    while (promise->child_ != nullptr) promise = promise->child_;
    return *promise;
  }

  /// "function (file:line)" of this coroutine and of those that await it, innermost first.
  [[nodiscard]] std::vector<std::string> await_chain() const;

 protected:
  /// Keeps the await chain of the exception being handled, for the crash report.
  void note_exception() const;

 private:
  std::coroutine_handle<> continuation_;
  PromiseBase* parent_ = nullptr;
  const PromiseBase* child_ = nullptr;
  std::source_location where_;
};

/// The await chain noted for the latest exception on this thread; reading it clears it.
std::vector<std::string> take_noted_await_chain();

template <class T>
class Promise final : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;

  template <class U>
    requires std::convertible_to<U&&, T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }

  void unhandled_exception() noexcept {
    exception_ = std::current_exception();
    note_exception();
  }

  T take() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  std::exception_ptr exception_;
};

template <>
class Promise<void> final : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}

  void unhandled_exception() noexcept {
    exception_ = std::current_exception();
    note_exception();
  }

  void take() {
    if (exception_) std::rethrow_exception(std::exchange(exception_, nullptr));
  }

 private:
  std::exception_ptr exception_;
};

template <class T>
struct TaskAwaiter {
  std::coroutine_handle<Promise<T>> child;

  [[nodiscard]] bool await_ready() const noexcept { return child.done(); }
  template <class ParentPromise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<ParentPromise> parent) noexcept {
    child.promise().continue_with(parent, &parent.promise());
    return child;
  }
  T await_resume() { return child.promise().take(); }
};

}  // namespace detail

/// The coroutine type of actor code: lazy, move-only, awaited exactly once.
///
/// A parked frame costs about 72 bytes plus its locals. It runs only on its actor's shard and is
/// owned by whoever holds the Task, so nothing runs detached. Parameters are taken by value.
///
/// Errors: an exception that leaves the coroutine is rethrown at its co_await; in a handler it is
/// the actor's crash. Cancel: destroying a suspended task destroys what it awaits.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() noexcept = default;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() { reset(); }

  /// False for a default-constructed or moved-from task, which must not be awaited.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
  [[nodiscard]] bool done() const noexcept { return handle_.done(); }
  [[nodiscard]] Handle handle() const noexcept { return handle_; }

  /// The value of a finished task; rethrows the exception that left it.
  T take() { return handle_.promise().take(); }

  /// Runs the task to its end inside the awaiting coroutine.
  auto operator co_await() && noexcept { return detail::TaskAwaiter<T>{handle_}; }

 private:
  void reset() noexcept {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class T>
struct IsTask : std::false_type {};
template <class T>
struct IsTask<Task<T>> : std::true_type {
  using Value = T;
};

}  // namespace detail

}  // namespace coppice::actors
