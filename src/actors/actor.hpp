#pragma once

#include <any>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/exit_reason.hpp"
#include "actors/signals.hpp"
#include "actors/task.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors {

class Cell;

/// What an actor's initialisation says: go on, never mind, or stop.
class Init {
 public:
  enum class Kind : std::uint8_t { ok, ignore, stop };

  /// @param info  Handed to whoever started the actor.
  static Init ok(std::any info = {}) { return {Kind::ok, std::move(info), {}}; }
  /// There is nothing to do here: the actor ends normally and its supervisor doesn't mind.
  static Init ignore() { return {Kind::ignore, {}, {}}; }
  /// The start has failed.
  static Init stop(ExitReason reason) { return {Kind::stop, {}, std::move(reason)}; }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::any& info() noexcept { return info_; }
  [[nodiscard]] const ExitReason& reason() const noexcept { return reason_; }

 private:
  Init(Kind kind, std::any info, ExitReason reason)
      : kind_(kind), info_(std::move(info)), reason_(std::move(reason)) {}

  Kind kind_;
  std::any info_;
  ExitReason reason_;
};

/// The outcome of a hook that may be a plain function or a coroutine: a value now, or a task.
template <class T>
class Step {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): either form is what a hook naturally returns.
  Step(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Step(Task<T> task) : task_(std::move(task)) {}

  [[nodiscard]] bool is_done() const noexcept { return value_.has_value(); }
  T& value() noexcept { return *value_; }
  Task<T>& task() noexcept { return task_; }

 private:
  std::optional<T> value_;
  Task<T> task_;
};

template <>
class Step<void> {
 public:
  Step() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Step(Task<void> task) : done_(false), task_(std::move(task)) {}

  [[nodiscard]] bool is_done() const noexcept { return done_; }
  Task<void>& task() noexcept { return task_; }

 private:
  bool done_ = true;
  Task<void> task_;
};

/// The runtime's view of an actor. Applications derive from Server (server.hpp), which fills this
/// in from the handlers they write.
class Actor {
 public:
  Actor() noexcept = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  virtual ~Actor() = default;

  /// Key facts about the state for operators and crash reports; must not reveal secrets.
  [[nodiscard]] virtual std::string describe() const { return {}; }

  /// An estimate of the memory the state holds, for SpawnOptions::memory_limit_bytes.
  [[nodiscard]] virtual std::size_t state_bytes() const { return 0; }

  [[nodiscard]] virtual const TypeTag& type() const noexcept = 0;

  /// What happens to a message for another type of actor, which came by a wrong address: it is
  /// reported and ignored, or it crashes the actor, as a wrong argument would.
  [[nodiscard]] virtual bool ignores_strange_messages() const noexcept { return false; }

 protected:
  /// The runtime's record of this actor; valid from before init until the destructor.
  [[nodiscard]] Cell& cell() const noexcept { return *cell_; }

 private:
  friend class Cell;
  virtual Step<Init> on_init() = 0;
  virtual Step<void> on_terminate(const ExitReason& reason) = 0;
  virtual Step<void> on_down(Down down) = 0;
  virtual Step<void> on_exit(Exit exit) = 0;
  virtual Step<void> on_child_exit(ChildExit exit) = 0;
  virtual Step<void> on_idle_timeout() = 0;
  virtual Step<void> on_info(Info info) = 0;

  Cell* cell_ = nullptr;
};

}  // namespace coppice::actors
