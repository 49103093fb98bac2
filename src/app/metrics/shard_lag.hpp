#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "actors/histogram.hpp"
#include "actors/runtime.hpp"

namespace coppice::app::metrics {

/// How long a shard takes to come to what is put before it, and how busy it is. A thread asks each
/// shard that has something to do a few times a second, and not again before it has answered: one
/// that is stuck is seen to be by how long its answer is overdue. One that rests is asked twenty
/// times more seldom. About once a second it looks how much CPU time the shards have used. Once all
/// have rested for that long it sleeps until one of them stirs, so that an idle process leaves its
/// processor alone.
///
/// Thread: any. @p runtime must outlive it.
class ShardLag {
 public:
  static constexpr auto kInterval = std::chrono::milliseconds(250);

  explicit ShardLag(actors::Runtime& runtime, std::chrono::milliseconds interval = kInterval);
  ShardLag(const ShardLag&) = delete;
  ShardLag& operator=(const ShardLag&) = delete;
  ~ShardLag() = default;

  /// What it took the last time, or takes already, whichever is more; in seconds.
  [[nodiscard]] double now(std::size_t shard) const;
  /// For how long a question waits already, in seconds; 0 for none.
  [[nodiscard]] double overdue(std::size_t shard) const;
  /// The share of the last second or so in which its thread had a CPU, 0 to 1.
  [[nodiscard]] double busy(std::size_t shard) const;
  [[nodiscard]] actors::Histogram::Reading all(std::size_t shard) const;

 private:
  /// Of one shard; shared with the question that is under way.
  struct Probe {
    std::atomic<std::int64_t> asked_at{0};  // in nanoseconds of the steady clock; 0 when answered
    std::atomic<std::int64_t> last{0};      // in nanoseconds
    std::atomic<double> busy{0};
    // The asking thread's own; times as asked_at, CPU time in seconds.
    double cpu_before = 0;
    double cpu_at_look = 0;
    std::int64_t looked_at = 0;
    std::int64_t asked_last = 0;  // answered or not
    actors::Histogram seconds{0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
  };

  void run(const std::stop_token& stop, std::chrono::milliseconds interval);
  /// Asks the shard if it is due, and tells whether it is at work.
  [[nodiscard]] bool look_at(std::uint32_t shard, std::chrono::nanoseconds idle_pause);
  void ask(std::uint32_t shard);
  void begin_to_measure();
  /// Says how busy the shards were.
  void measure_if_due();
  /// False if one does something, or has not answered.
  [[nodiscard]] bool sleep_while_all_rest(const std::stop_token& stop);

  actors::Runtime& runtime_;
  std::vector<std::shared_ptr<Probe>> probes_;
  std::int64_t measured_at_ = 0;  // the thread's own, as what follows
  bool have_rested_ = false;      // all, in the last measurement and since
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // the last: it uses all the others
};

}  // namespace coppice::app::metrics
