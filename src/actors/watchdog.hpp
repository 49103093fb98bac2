#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "actors/runtime.hpp"

namespace coppice::actors {

struct WatchdogOptions {
  Duration interval = std::chrono::milliseconds(10);    ///< how often it looks
  Duration soft_limit = std::chrono::milliseconds(25);  ///< first report of a handler
  Duration hard_limit = std::chrono::seconds(10);       ///< the shard counts as lost
  bool abort_on_hard_limit = true;                      ///< end the process then, after a report
  unsigned reports_per_minute = 5;                      ///< per shard; the rest is counted
  Duration idle_after = std::chrono::seconds(1);        ///< of hardly anything that moves
  Duration idle_interval = std::chrono::minutes(1);     ///< how often it looks then
};

/// Nothing preempts a handler, so somebody has to say when one holds its shard too long.
///
/// A thread compares what the shards publish. It reports the same stall again whenever its length
/// has doubled, while it still lasts: event `handler.slow` with the actor, the message, the
/// duration and the stuck thread's stack. A handler that Asio runs is nobody's unless it has left a
/// WorkNote, and is reported without an actor; it is noticed because its shard, which seems to
/// rest, does not answer a wake. The actor is told by its place in the tree, or else by its type.
/// Threads of own_thread actors, which may block, are not watched.
///
/// While hardly anything moves it sleeps, so that an idle process leaves its processor alone: a
/// shard that has something to do again wakes it. A handler that Asio runs then without having said
/// so (Shard::stir) is noticed after idle_interval.
///
/// Thread: any. Uses the signal SIGURG on the shards' threads to capture stacks.
class Watchdog {
 public:
  explicit Watchdog(Runtime& runtime, WatchdogOptions options = {});
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() = default;

 private:
  struct Watched {
    std::uint64_t sequence = 0;
    Time since{};            // when this step was first seen, or the shard last seen at rest
    Time asked{};            // when the resting shard was last woken, or had moved
    bool was_asked = false;  // and has not moved since
    Duration next_report{};
    Time minute_began{};
    unsigned reports = 0;
    std::uint64_t suppressed = 0;
  };

  void run(const std::stop_token& stop);
  /// Until the next look. False at the end.
  [[nodiscard]] bool pause(const std::stop_token& stop);
  void look_at_all();
  void note_pace(bool any_moved, Time now);
  /// Whether the shard has moved by itself since the last look.
  [[nodiscard]] bool look(Shard& shard, Watched& watched);
  void ask_if_due(Shard& shard, Watched& watched, Time now) const;
  void sleep_while_all_rest(const std::stop_token& stop);
  [[nodiscard]] bool all_rest() const;
  void report(const Shard& shard, Watched& watched, Duration elapsed);
  [[nodiscard]] bool may_report(Watched& watched, Time now) const;

  Runtime& runtime_;
  const WatchdogOptions options_;
  // The thread's own.
  std::vector<Watched> watched_;
  Time window_began_{};
  unsigned moved_looks_ = 0;  // of this window: those that saw a shard move by itself
  bool is_idle_ = false;      // nothing moves, but for moments
  std::mutex mutex_;          // of no more than the pause
  std::condition_variable_any stopped_;
  std::jthread thread_;  // the last: it uses all the others
};

}  // namespace coppice::actors
