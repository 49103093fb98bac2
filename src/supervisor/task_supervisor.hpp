#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actors/address.hpp"
#include "actors/requests.hpp"
#include "actors/server.hpp"
#include "actors/task.hpp"
#include "supervisor/child_spec.hpp"
#include "supervisor/dynamic_supervisor.hpp"

namespace coppice::supervisor {

namespace detail {

template <class T>
struct WorkResult {
  using Type = T;
};
template <class T>
struct WorkResult<actors::Result<T>> : WorkResult<T> {};
template <class T>
struct WorkResult<actors::Task<T>> : WorkResult<T> {};

/// What the work gives in the end: T for functions that return T, Result<T>, Task<T> or
/// Task<Result<T>>.
template <class F, class... Args>
using ResultOfWork = typename WorkResult<std::invoke_result_t<F&, Args...>>::Type;

template <class R>
using Work = std::move_only_function<actors::Task<actors::Result<R>>()>;

/// Whatever form the function has, as a coroutine that owns it.
template <class R, class F, class... Args>
actors::Task<actors::Result<R>> run_work(F function, std::tuple<Args...> args) {
  using Returned = std::invoke_result_t<F&, Args...>;
  if constexpr (actors::detail::IsTask<Returned>::value) {
    auto task = std::apply(function, std::move(args));
    if (!task) actors::detail::throw_empty_task();
    if constexpr (std::is_void_v<typename actors::detail::IsTask<Returned>::Value>) {
      co_await std::move(task);
      co_return actors::Result<void>();
    } else {
      co_return co_await std::move(task);
    }
  } else if constexpr (std::is_void_v<Returned>) {
    std::apply(function, std::move(args));
    co_return actors::Result<void>();
  } else {
    co_return std::apply(function, std::move(args));
  }
}

/// The actor that does one piece of work when its owner asks for the result.
template <class R>
class OneShot final : public actors::Server<OneShot<R>> {
 public:
  enum class Bond : std::uint8_t { link, none };

  OneShot(Work<R> work, actors::Pid owner, Bond bond)
      : work_(std::move(work)), owner_(owner), bond_(bond) {}

  void init() {
    if (bond_ == Bond::link) this->link(owner_);
    this->monitor(owner_);
    this->idle_timeout(kUnclaimed);
  }

  struct Run {
    using Reply = R;
  };
  actors::Task<actors::Result<R>> handle(Run /*message*/) {
    auto result = co_await work_();
    this->stop();
    co_return result;
  }

  // Nobody will ask any more.
  void handle(actors::Down /*owner*/) { this->stop(); }
  void handle(actors::IdleTimeout /*timeout*/) { this->stop(); }

 private:
  /// The owner asks as soon as it knows of the start, unless it has given that up.
  static constexpr Duration kUnclaimed = std::chrono::seconds(60);

  Work<R> work_;
  actors::Pid owner_;
  Bond bond_;
};

/// The actor that does one piece of work in which nobody waits for a result.
class Job final : public actors::Server<Job> {
 public:
  explicit Job(Work<void> work) : work_(std::move(work)) {}
  void init() { continue_with(Run{}); }

  struct Run {};
  actors::Task<void> handle(Run /*message*/) {
    if (auto done = co_await work_(); !done) {
      stop(actors::ExitReason::custom(done.error().message()));
      co_return;
    }
    stop();
  }

 private:
  Work<void> work_;
};

template <class R>
actors::Task<actors::Result<void>> discard_value(actors::Task<actors::Result<R>> work) {
  const actors::Result<R> done = co_await std::move(work);
  if (!done) co_return std::unexpected(done.error());
  co_return actors::Result<void>();
}

template <class F, class... Args>
Work<void> job_of(F function, std::tuple<Args...> args) {
  using R = ResultOfWork<F, Args...>;
  return [function = std::move(function), args = std::move(args)]() {
    return discard_value(run_work<R>(function, args));
  };
}

}  // namespace detail

/// A piece of work that runs in an actor of its own, and its result to come. Belongs to the actor
/// that started it; destroying it before the result is there ends the work.
///
/// Thread: the owner's shard.
template <class R>
class [[nodiscard]] AsyncTask {
  using Actor = detail::OneShot<R>;

 public:
  explicit AsyncTask(actors::Ref<Actor> actor)
      : actor_(actor), owner_(actors::Shard::current_cell()->pid()) {
    answer_->send(actor_, typename Actor::Run{}, 0);
  }
  AsyncTask(AsyncTask&&) noexcept = default;
  AsyncTask& operator=(AsyncTask&& other) noexcept {
    if (this == &other) return *this;
    abandon();
    actor_ = other.actor_;
    owner_ = other.owner_;
    answer_ = std::move(other.answer_);
    return *this;
  }
  ~AsyncTask() { abandon(); }

  [[nodiscard]] actors::Pid pid() const noexcept { return actor_.pid(); }

  /// Waits for the result; after a timeout one may wait again. Must not outlive this object.
  ///
  /// Errors: down (the work crashed; the context has the reason), timeout, cancelled, what the work
  /// itself returned, and not_found once the result has been taken.
  actors::Task<actors::Result<R>> wait(Duration timeout) {
    return await(answer_.get(), actors::deadline_after(actors::Shard::current()->now(), timeout));
  }

 private:
  using Answer = actors::Requests<R>;

  static actors::Task<actors::Result<R>> await(Answer* answer, Time deadline) {
    auto response = co_await answer->wait(deadline);
    if (!response) co_return std::unexpected(response.error());
    co_return std::move(response->result);
  }

  void abandon() noexcept {
    if (!answer_ || answer_->empty()) return;
    answer_->revoke();
    // Its end must not be taken for that of a linked partner.
    actors::Cell* self = actors::Shard::current_cell();
    if (self != nullptr && self->pid() == owner_) self->unlink(actor_.pid());
    actors::send_exit(actor_.runtime(), owner_, actor_.pid(), actors::ExitReason::shutdown());
  }

  actors::Ref<Actor> actor_;
  actors::Pid owner_;
  std::unique_ptr<Answer> answer_ = std::make_unique<Answer>();
};

/// Runs functions as actors: one-shot work that is supervised, has a place in the tree, and whose
/// crash is its own. The functions run on any shard, so they get their arguments by value.
///
///     TaskSupervisor tasks(ChildRef<DynamicSupervisor>(runtime, place));
///     auto thumbnail = co_await tasks.async_nolink(make_thumbnail, picture);
///     if (!thumbnail) co_return …;
///     Result<Image> image = co_await thumbnail->wait(1s);
///
/// A function may be a coroutine and returns T, Result<T>, Task<T> or Task<Result<T>>.
///
/// Thread: inside an actor's coroutine.
class TaskSupervisor {
 public:
  /// @param supervisor  That of a task_supervisor_child().
  explicit TaskSupervisor(actors::ChildRef<DynamicSupervisor> supervisor,
                          actors::Placement placement = actors::Placement::any()) noexcept
      : supervisor_(std::move(supervisor)), placement_(placement) {}

  /// Starts work that the calling actor depends on: if it crashes, so does the caller, and the work
  /// ends with the caller.
  ///
  /// Errors: as of StartChild and call().
  template <class F, class... Args>
  auto async(F function, Args... args) const {
    return begin(detail::OneShot<detail::ResultOfWork<F, Args...>>::Bond::link, std::move(function),
                 std::move(args)...);
  }

  /// Starts work whose crash is only a value: wait() gives `down`.
  ///
  /// Errors: as of StartChild and call().
  template <class F, class... Args>
  auto async_nolink(F function, Args... args) const {
    return begin(detail::OneShot<detail::ResultOfWork<F, Args...>>::Bond::none, std::move(function),
                 std::move(args)...);
  }

  /// Starts work whose result nobody waits for; an error that it returns is its exit reason.
  ///
  /// @param restart  What happens after its end; for anything but temporary the function and its
  ///                 arguments are copied for each run.
  /// Errors: as of StartChild and call().
  template <class F, class... Args>
  actors::Task<actors::Result<actors::Pid>> start(Restart restart, F function, Args... args) const {
    ChildSpec spec = spec_of(restart);
    spec.start = [function = std::move(function),
                  args = std::tuple<Args...>(std::move(args)...)]() {
      return std::make_unique<detail::Job>(detail::job_of(function, args));
    };
    return start_child(supervisor_, std::move(spec));
  }

 private:
  template <class Bond, class F, class... Args>
  auto begin(Bond bond, F function, Args... args) const {
    using R = detail::ResultOfWork<F, Args...>;
    detail::Work<R> work = [function = std::move(function),
                            args = std::tuple<Args...>(std::move(args)...)]() mutable {
      return detail::run_work<R>(std::move(function), std::move(args));
    };
    ChildSpec spec = spec_of(Restart::temporary);
    // Shared because a factory is copyable and the work need not be; a temporary child starts once.
    spec.start = [work = std::make_shared<detail::Work<R>>(std::move(work)), bond,
                  owner = actors::Shard::current_cell()->pid()]() {
      return std::make_unique<detail::OneShot<R>>(std::move(*work), owner, bond);
    };
    return start_task<R>(supervisor_, std::move(spec));
  }

  [[nodiscard]] ChildSpec spec_of(Restart restart) const;
  static actors::Task<actors::Result<actors::Pid>> start_child(
      actors::ChildRef<DynamicSupervisor> supervisor, ChildSpec spec);

  template <class R>
  static actors::Task<actors::Result<AsyncTask<R>>> start_task(
      actors::ChildRef<DynamicSupervisor> supervisor, ChildSpec spec) {
    const auto started = co_await start_child(supervisor, std::move(spec));
    if (!started) co_return std::unexpected(started.error());
    co_return AsyncTask<R>(actors::Ref<detail::OneShot<R>>(supervisor.runtime(), *started));
  }

  actors::ChildRef<DynamicSupervisor> supervisor_;
  actors::Placement placement_;
};

/// A supervisor for tasks, as a child.
[[nodiscard]] ChildSpec task_supervisor_child(std::string id, DynamicFlags flags = {});

}  // namespace coppice::supervisor
