#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "actors/cell.hpp"
#include "actors/signals.hpp"
#include "actors/task_group.hpp"
#include "actors/timer_wheel.hpp"

namespace coppice::actors {

/// Calls a function when it expires.
class CallbackTimer final : public Timer {
 public:
  explicit CallbackTimer(std::move_only_function<void()> action) : action_(std::move(action)) {}

 private:
  void on_expire() noexcept override { action_(); }
  std::move_only_function<void()> action_;
};

/// A timer that an actor set for itself.
struct ActorTimer {
  std::string name;
  Duration period{};  // zero: one shot
  Time due;
  Cell::MakeEnvelope make;
  std::unique_ptr<CallbackTimer> timer;
};

/// What only some actors have, kept apart so that the others stay small.
struct CellExtras {
  struct Watching {
    Pid target;
    ExitWatch* watch = nullptr;
  };
  struct IdHash {
    using is_avalanching = void;
    std::size_t operator()(MonitorId id) const noexcept {
      return static_cast<std::size_t>(id) * 0x9E3779B97F4A7C15ULL;
    }
  };
  struct PidHash {
    using is_avalanching = void;
    std::size_t operator()(Pid pid) const noexcept { return pid.bits() * 0x9E3779B97F4A7C15ULL; }
  };

  // Relations.
  boost::unordered_flat_map<MonitorId, Pid, IdHash> watchers;
  boost::unordered_flat_map<MonitorId, Watching, IdHash> watching;
  boost::unordered_flat_set<Pid, PidHash> children;
  std::vector<Pid> links;
  std::vector<std::string> names;
  std::vector<std::string> groups;

  // Time.
  std::map<TimerId, ActorTimer> timers;
  std::optional<Duration> idle_after;  // wanted, from the end of the handler on
  std::optional<CallbackTimer> idle;
  std::optional<CallbackTimer> init_deadline;
  bool idle_when_empty = false;  // idle timeout zero

  // Load.
  std::size_t memory_limit_bytes = 0;
  std::size_t mail_bytes = 0;  // kept only with a memory limit
  std::optional<Duration> shed_calls_after;
  std::optional<Time> age_mark;            // when the marked message was queued
  std::uint32_t messages_to_mark = 0;      // user messages up to and including the marked one
  std::deque<ReplyTo<Room>> room_waiters;  // senders that wait for a place in the mailbox

  // Tasks.
  TaskGroup background;
  std::vector<std::move_only_function<void()>> after_terminate;

  // Operators.
  std::unique_ptr<Debugging> debugging;
  std::vector<std::move_only_function<void(Cell&)>> deferred;  // until the handler has finished

  /// Whether the actor has nothing of this any more, as after its last background task.
  [[nodiscard]] bool are_empty() const noexcept {
    return background.empty() && watchers.empty() && watching.empty() && children.empty() &&
           links.empty() && names.empty() && groups.empty() && timers.empty() && !idle_after &&
           !idle && !init_deadline && !idle_when_empty && memory_limit_bytes == 0 &&
           !shed_calls_after && room_waiters.empty() && after_terminate.empty() && !debugging &&
           deferred.empty();
  }

  /// Something came in: the wait that the actor wanted to be told of is over.
  void not_idle() noexcept {
    idle_after.reset();
    idle.reset();
    idle_when_empty = false;
  }

  void run_deferred(Cell& cell) {
    for (auto& action : std::exchange(deferred, {})) action(cell);
  }

  /// Destroys what others wait for; they are told by the DropScope in force.
  void drop_debts() noexcept {
    after_terminate.clear();
    room_waiters.clear();
    deferred.clear();
  }
};

}  // namespace coppice::actors
