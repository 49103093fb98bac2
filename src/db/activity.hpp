#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "actors/histogram.hpp"
#include "db/position.hpp"

namespace coppice::db {

/// What a database's writer has done since the start, over its incarnations.
/// Thread: written by the writer, read by any.
struct WriterActivity {
  using Counter = std::atomic<std::uint64_t>;

  // What became of commands.
  Counter committed{0};   ///< Also of those that changed nothing.
  Counter failed{0};      ///< With an error of their own, or with the batch.
  Counter expired{0};     ///< Not begun before their deadline.
  Counter overloaded{0};  ///< Too many waited.
  Counter disk_full{0};   ///< There was too little space to begin.
  Counter refused{0};     ///< The database took no writes for another reason.

  // What became of checkpoints (see Checkpoints), and how long the log is.
  Counter checkpoints_complete{0};
  Counter checkpoints_partial{0};
  Counter checkpoints_failed{0};
  std::atomic<std::uint64_t> log_pages{0};  ///< That a reader may need, or the database lacks.

  std::atomic<std::size_t> waiting{0};  ///< Beside the batch at work, and beside the mailbox.
  /// When the batch at work began, by the runtime's clock, in nanoseconds; 0 between batches.
  std::atomic<std::int64_t> batch_began{0};
  actors::Histogram batch_commands{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  actors::Histogram commit_seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                   0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

  void note_position(Position position) noexcept {
    epoch_.store(position.epoch, std::memory_order_relaxed);
    sequence_.store(position.sequence, std::memory_order_relaxed);
  }
  /// {0, 0} before there is one. Not of one moment while a restore is under way.
  [[nodiscard]] Position position() const noexcept {
    return {epoch_.load(std::memory_order_relaxed), sequence_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::int64_t> epoch_{0};
  std::atomic<std::int64_t> sequence_{0};
};

/// What one reader of a database has done since the start, over its incarnations.
/// Thread: written by the reader, read by any.
struct ReaderActivity {
  std::atomic<bool> busy{false};
  std::atomic<std::uint64_t> interrupted{0};  ///< At their deadlines.
  actors::Histogram seconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                            0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
};

}  // namespace coppice::db
