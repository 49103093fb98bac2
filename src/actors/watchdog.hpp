#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
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
/// Thread: any. Uses the signal SIGURG on the shards' threads to capture stacks.
class Watchdog {
 public:
  explicit Watchdog(Runtime& runtime, WatchdogOptions options = {});
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  struct Watched {
    std::uint64_t sequence = 0;
    Time since{};  // when this step was first seen, or the shard last seen at rest
    Time asked{};  // when the resting shard was last woken, or had moved
    Duration next_report{};
    Time minute_began{};
    unsigned reports = 0;
    std::uint64_t suppressed = 0;
  };

  void run();
  void look(Shard& shard, Watched& watched);
  void report(const Shard& shard, Watched& watched, Duration elapsed);
  [[nodiscard]] bool may_report(Watched& watched, Time now) const;

  Runtime& runtime_;
  const WatchdogOptions options_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace coppice::actors
