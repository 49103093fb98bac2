#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "actors/time.hpp"

namespace coppice::db {

/// Lets a replica's readers pause at the same time, so that what replicates the database finds a
/// moment in which none of them reads.
///
/// LiteFS applies a transaction only while it holds every lock of the database, and does not queue
/// for them: readers that overlap keep it out without end. A pause of 10 ms in every 50 ms lets
/// transactions in after 31 ms in the median and 101 ms at the most; readers that rarely read need
/// none, and get none.
///
/// The pauses follow from the clock, so readers need not wait for each other.
///
/// Thread: any; wait() blocks.
class ReadPause {
 public:
  static constexpr actors::Duration kPeriod = std::chrono::milliseconds(50);
  static constexpr actors::Duration kPause = std::chrono::milliseconds(10);
  /// That many reads in a period don't overlap for long.
  static constexpr std::uint32_t kFewReads = 10;

  /// How long a read that is to begin now has to wait for the end of the pause; counts the read.
  [[nodiscard]] actors::Duration left(actors::Time now) noexcept;

  /// Waits for the end of the pause, if this is one.
  void wait(const actors::Clock& clock);

 private:
  std::atomic<std::int64_t> period_{0};
  std::atomic<std::uint32_t> reads_{0};         // in that period
  std::atomic<std::uint32_t> reads_before_{0};  // in the one before
};

}  // namespace coppice::db
