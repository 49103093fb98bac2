#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/cell.hpp"
#include "actors/debugging.hpp"
#include "actors/runtime.hpp"

namespace coppice::actors {

/// An actor whose state an operator may replace: it keeps it in one copyable value and gives access
/// to that with `State& state()`.
template <class A>
concept ReplaceableState = requires(A& actor) {
  { actor.state() } -> std::same_as<std::remove_cvref_t<decltype(actor.state())>&>;
  requires std::copyable<std::remove_cvref_t<decltype(actor.state())>>;
};

/// What operators do with one living actor, without its cooperation. Served before its mail, also
/// while it is suspended or a handler waits.
///
///     Sys sys(runtime, ref.pid());
///     sys.suspend().value();
///     int total = sys.get_state<Counter>([](const Counter& c) { return c.total(); }).value();
///     sys.resume().value();
///
/// Errors of every member: noproc; timeout; down if the actor ends first; callback_failed if a
/// function that was handed over threw (its actor goes on unharmed).
///
/// Thread: any that is not a shard's. Members block until the actor has answered.
class Sys {
 public:
  struct Status {
    ActorStats stats;
    Pid parent;
    std::string path;  ///< place in the tree; empty if it has none
    std::string type;
    std::string state;  ///< what describe() says, which redacts
    bool suspended = false;
    bool debugged = false;              ///< a log, a trace or a debug function is on
    std::vector<std::string> awaiting;  ///< where its handler waits, innermost first
  };

  Sys(Runtime& runtime, Pid pid, Duration timeout = std::chrono::seconds(5)) noexcept
      : runtime_(&runtime), pid_(pid), timeout_(timeout) {}

  /// From here on the actor handles only what this class sends and its own end. Mail piles up. A
  /// suspended supervisor restarts nobody.
  Result<void> suspend();
  Result<void> resume();

  [[nodiscard]] Result<Status> status();

  /// Ends the actor with its terminate hook; kills it when the timeout has passed. Returns the
  /// reason with which it ended.
  Result<ExitReason> terminate(ExitReason reason = ExitReason::shutdown());

  /// Keeps the last @p size messages; 0 ends it. They are part of a crash's report.
  Result<void> log(std::size_t size = 10);
  [[nodiscard]] Result<std::vector<HandledMessage>> logged();

  /// Reports each message as an event `actor.message`, for @p how_long at most. Zero ends it.
  Result<void> trace(Duration how_long);

  /// Calls @p function inside the actor after each message until it returns false or throws. One
  /// with the same name is replaced.
  Result<void> install(std::string name, DebugFunction function);
  /// Errors: not_found.
  Result<void> remove(std::string name);

  /// Ends every log, trace and debug function.
  Result<void> no_debug();

  /// What @p look returns of the actor. Errors: wrong_type.
  template <class A, class Look>
    requires std::invocable<Look&, const A&>
  [[nodiscard]] auto get_state(Look look) {
    using Value = std::decay_t<std::invoke_result_t<Look&, const A&>>;
    return ask<Value>(
        [look = std::move(look)](Cell& cell) mutable -> Result<Value> {
          if (&cell.type() != &type_tag<A>()) return fail(Errc::wrong_type);
          return look(static_cast<const A&>(cell.actor()));
        },
        InspectWhen::at_once);
  }

  /// Replaces the actor's state by what @p change makes of a copy of it, between two messages; if
  /// that throws, the state stays as it is. Returns the new state. Errors: wrong_type.
  template <ReplaceableState A, class Change>
  auto replace_state(Change change) {
    using State = std::remove_cvref_t<decltype(std::declval<A&>().state())>;
    return ask<State>(
        [change = std::move(change)](Cell& cell) mutable -> Result<State> {
          if (&cell.type() != &type_tag<A>()) return fail(Errc::wrong_type);
          State& state = static_cast<A&>(cell.actor()).state();
          state = change(State(state));
          return state;
        },
        InspectWhen::between_messages);
  }

 private:
  /// Runs @p action inside the actor and brings back what it returns.
  template <class Value, class Action>
  Result<Value> ask(Action action, InspectWhen when) {
    // Shared, because after a timeout the action may still be running.
    auto answer = std::make_shared<std::optional<Result<Value>>>();
    auto run = std::make_shared<Action>(std::move(action));
    const Result<void> done = runtime_->inspect(
        pid_, [answer, run](Cell& cell) { answer->emplace((*run)(cell)); }, timeout_, when);
    if (!done) return std::unexpected(done.error());
    return std::move(**answer);
  }

  Result<void> order(std::function<void(Cell&)> action);

  Runtime* runtime_;
  Pid pid_;
  Duration timeout_;
};

}  // namespace coppice::actors
