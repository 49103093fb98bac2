#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/histogram.hpp"
#include "actors/runtime.hpp"
#include "db/database.hpp"

namespace coppice::app {

/// What is known of a database from outside, while its writer and readers may be stuck.
struct DatabaseFigures {
  // Bytes; nothing for what can't be looked at, as a log that isn't there.
  std::optional<std::uint64_t> file_bytes;
  std::optional<std::uint64_t> log_bytes;
  std::optional<std::uint64_t> free_bytes;  ///< Of the disk.

  std::size_t readers = 0;
  std::size_t readers_busy = 0;
  std::uint64_t reads_waiting = 0;
  std::uint64_t reads_interrupted = 0;
  actors::Histogram::Reading read_seconds;

  double batch_age_seconds = 0;  ///< Of the batch that is at work; 0 between batches.
};

/// Thread: any.
[[nodiscard]] DatabaseFigures figures_of(const actors::Runtime& runtime,
                                         const db::Database& database);

}  // namespace coppice::app
