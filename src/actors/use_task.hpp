#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/error_code.hpp>

#include "actors/shard.hpp"
#include "actors/task.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// Completion token that makes an Asio operation awaitable in an actor's coroutine:
///
///     auto [error, bytes] = co_await socket.async_read_some(buffer, use_task);
///
/// The operation runs on the actor's shard and must belong to its io_context. Gives the tuple of
/// the operation's results, or the result itself if there is one only. Nothing throws.
///
/// Cancel: when the actor is told to stop, the operation is cancelled (terminal) and completes with
/// operation_aborted, if it supports cancellation at all; what doesn't is waited for until the
/// shutdown deadline makes the actor a zombie.
struct UseTask {};
inline constexpr UseTask use_task{};

namespace detail {

template <class... Args>
struct OperationResult {
  using Type = std::tuple<Args...>;
};
template <class Arg>
struct OperationResult<Arg> {
  using Type = Arg;
};
template <>
struct OperationResult<> {
  using Type = std::monostate;
};

/// One Asio operation, from its initiation to its completion. Asio's handler points into it, so the
/// frame that holds it is not destroyable while the operation is under way.
template <class Initiation, class InitArgs, class... Args>
class [[nodiscard]] AsioOperation final : public Waiter {
 public:
  using Value = typename OperationResult<Args...>::Type;

  AsioOperation(Initiation initiation, InitArgs arguments)
      : initiation_(std::move(initiation)), arguments_(std::move(arguments)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  bool await_suspend(std::coroutine_handle<> coroutine) {
    if constexpr (kReportsErrors) {
      if (must_not_wait()) {
        std::tuple<Args...> aborted{};
        std::get<0>(aborted) = boost::asio::error::operation_aborted;
        value_.emplace(
            std::apply([](auto&... each) { return Value(std::move(each)...); }, aborted));
        return false;
      }
    }
    under_way_ = true;
    park(coroutine);
    std::apply(
        [this](auto&&... each) {
          std::move(initiation_)(Handler{this}, std::forward<decltype(each)>(each)...);
        },
        std::move(arguments_));
    return true;
  }

  Value await_resume() { return std::move(*value_); }

  /// Emits from a handler of the io_context, never from here: outside of one, the hook of a
  /// co_spawn would post itself with a pointer into this frame, which may be gone by then
  /// (chriskohlhoff/asio issue 1332).
  void cancel() noexcept override {
    if (cancelled_) return;
    try {
      post_cancellation();
    } catch (...) {
      cancelled_
          .reset();  // Without memory to ask for its end, the operation takes the time it takes.
    }
  }
  [[nodiscard]] bool destroyable() const noexcept override { return !under_way_; }

 private:
  template <class First = void, class...>
  static constexpr bool first_is_error() {
    return std::is_same_v<First, boost::system::error_code>;
  }
  static constexpr bool kReportsErrors = first_is_error<Args...>();

  void post_cancellation() {
    cancelled_ = std::make_shared<AsioOperation*>(this);
    boost::asio::post(cell()->shard().io(), [operation = std::weak_ptr(cancelled_)] {
      if (const auto alive = operation.lock()) {
        (*alive)->signal_.emit(boost::asio::cancellation_type::terminal);
      }
    });
  }

  struct Handler {
    AsioOperation* operation;

    using executor_type = boost::asio::io_context::executor_type;
    [[nodiscard]] executor_type get_executor() const noexcept {
      return operation->cell()->shard().io().get_executor();
    }
    using cancellation_slot_type = boost::asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
      return operation->signal_.slot();
    }

    void operator()(Args... args) {
      operation->value_.emplace(std::move(args)...);
      operation->under_way_ = false;
      operation->cancelled_.reset();
      operation->complete();
    }
  };

  Initiation initiation_;
  InitArgs arguments_;
  boost::asio::cancellation_signal signal_;
  std::optional<Value> value_;
  std::shared_ptr<AsioOperation*> cancelled_;  ///< leads here while a cancellation is on its way
  bool under_way_ = false;
};

template <class T, class Executor>
boost::asio::awaitable<T, Executor> guarded(boost::asio::awaitable<T, Executor> inner) {
  // Asio 1.26 throws out of run() when a coroutine is cancelled before its first suspension.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(inner);
}

}  // namespace detail

/// Runs an Asio coroutine as part of an actor's task and waits for it. It is the actor's own: when
/// the actor is told to stop it is cancelled (terminal) and waited for. Exceptions that leave it
/// are rethrown here.
///
/// Thread: inside an actor's coroutine; the Asio coroutine runs on the same shard.
template <class T, class Executor>
Task<T> run_awaitable(boost::asio::awaitable<T, Executor> coroutine) {
  auto& io = Shard::current()->io();
  auto guarded = detail::guarded(std::move(coroutine));
  if constexpr (std::is_void_v<T>) {
    std::exception_ptr error = co_await boost::asio::co_spawn(io, std::move(guarded), use_task);
    if (error) std::rethrow_exception(error);
  } else {
    auto result = co_await boost::asio::co_spawn(io, std::move(guarded), use_task);
    if (std::get<0>(result)) std::rethrow_exception(std::get<0>(result));
    co_return std::move(std::get<1>(result));
  }
}

}  // namespace coppice::actors

template <class... Args>
class boost::asio::async_result<coppice::actors::UseTask, void(Args...)> {
 public:
  template <class Initiation, class... InitArgs>
  static auto initiate(Initiation&& initiation, coppice::actors::UseTask /*token*/,
                       InitArgs&&... arguments) {
    using Arguments = std::tuple<std::decay_t<InitArgs>...>;
    return coppice::actors::detail::AsioOperation<std::decay_t<Initiation>, Arguments,
                                                  std::decay_t<Args>...>(
        std::forward<Initiation>(initiation), Arguments(std::forward<InitArgs>(arguments)...));
  }
};
