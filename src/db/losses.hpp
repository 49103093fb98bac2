#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "db/arrivals.hpp"
#include "db/position.hpp"

namespace coppice::db {

/// How many commits a copy that had come to @p had has lost, now that it has come to @p reach: at
/// least so many. 0 for none, and while it is not known.
[[nodiscard]] inline std::int64_t commits_lost(Position had, const Reach& reach) noexcept {
  if (had == Position{}) return 0;
  if (had > reach.latest) {
    return std::max<std::int64_t>(1, had.sequence - reach.latest.sequence);
  }
  if (arrival_at(reach, had) != Arrival::superseded) return 0;
  const auto left = reach.epochs->left_at(had.epoch);
  return left ? std::max<std::int64_t>(1, had.sequence - *left) : 0;
}

/// Notices what this node's copy had, and has no more, because another primary's history has taken
/// its place: what a primary had committed last when it went, and had not sent on.
///
/// Thread: any.
class Losses {
 public:
  struct Loss {
    std::int64_t commits = 0;  ///< At least so many; 0 for none.
    Position had{};            ///< Where this node had come to.
  };

  /// The copy has come to that position, and may be taken back from here on, in which the node's
  /// part is another one: of that Replication::generation().
  void had(Position position, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    had_ = std::max(had_, position);
    generation_ = generation;
  }

  /// It was seen at that one by a look that began in @p generation. Gives what is gone. What was
  /// seen before the node's part became another one says nothing.
  Loss saw(const Reach& reach, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation < generation_) return {};
    const Loss loss{commits_lost(had_, reach), had_};
    had_ = reach.latest;
    commits_ += loss.commits;
    return loss;
  }

  /// Since the start.
  [[nodiscard]] std::int64_t commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  mutable std::mutex mutex_;
  Position had_;  // Guarded by the mutex, as all that follows.
  std::uint64_t generation_ = 0;
  std::int64_t commits_ = 0;
};

}  // namespace coppice::db
