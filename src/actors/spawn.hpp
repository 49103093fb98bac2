#pragma once

#include <any>
#include <memory>
#include <tuple>
#include <utility>

#include "actors/address.hpp"
#include "actors/runtime.hpp"
#include "actors/task.hpp"

namespace coppice::actors {

/// Remembers how to make an actor: `make_factory<Counter>(args…)`. The arguments are copied for
/// each incarnation.
template <class A, class... Args>
[[nodiscard]] Factory make_factory(Args... args) {
  return [args = std::tuple<Args...>(std::move(args)...)]() -> std::unique_ptr<Actor> {
    return std::apply([](const auto&... each) { return std::make_unique<A>(each...); }, args);
  };
}

/// The started actor. Errors: start_failed (an ignored start is one), already_started.
[[nodiscard]] Result<Pid> pid_of(const StartOutcome& outcome);

/// Starts an actor and waits until its init has finished. If the waiting actor is told to stop
/// meanwhile, the starting one is killed, and its end is still waited for.
///
/// Thread: inside an actor's coroutine.
[[nodiscard]] Task<StartOutcome> start_actor(Factory factory, SpawnOptions options);

/// Starts an actor from a thread that is no shard's, and blocks until its init has finished.
template <class A, class... Args>
[[nodiscard]] Result<Ref<A>> spawn(Runtime& runtime, SpawnOptions options, Args... args) {
  const StartOutcome outcome =
      runtime.start(make_factory<A>(std::move(args)...), std::move(options));
  const Result<Pid> pid = pid_of(outcome);
  if (!pid) return std::unexpected(pid.error());
  return Ref<A>(runtime, *pid);
}

namespace detail {

Sent send_info(Runtime& runtime, Pid target, std::any value, const TypeTag& type) noexcept;
void report_unhandled(const Cell& cell, const TypeTag& message) noexcept;

template <class B>
Task<Result<Ref<B>>> start_child(Runtime* runtime, Factory factory, SpawnOptions options) {
  const StartOutcome outcome = co_await start_actor(std::move(factory), std::move(options));
  const Result<Pid> pid = pid_of(outcome);
  if (!pid) co_return std::unexpected(pid.error());
  co_return Ref<B>(*runtime, *pid);
}

}  // namespace detail

/// Sends a message to an actor whose type is not known here; it arrives as Info. Thread: any.
template <class M>
Sent send_info(Runtime& runtime, Pid target, M message) {
  return detail::send_info(runtime, target, std::any(std::move(message)), type_tag<M>());
}

/// Sends an exit signal to @p target, as if a linked actor had ended with @p reason: it ends too
/// unless it traps exits, or the reason is normal. Thread: any.
void send_exit(Runtime& runtime, Pid from, Pid target, ExitReason reason);

}  // namespace coppice::actors
