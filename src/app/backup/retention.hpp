#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace coppice::app::backup {

/// How long backups are kept.
struct Retention {
  std::uint32_t count = 7;  ///< The newest that stay; at least 1.
  std::uint32_t days = 0;   ///< Older ones go, even if they are among those; 0 for no limit.
};

/// A backup, as far as its fate depends on it.
struct Kept {
  std::string name;
  std::chrono::sys_seconds created_at;
  bool is_good;  ///< As far as is known.
};

/// The names of those that have to go. The newest good one never does, however old it is; what is
/// not good counts for nothing and goes with the days, or with the number that are newer.
[[nodiscard]] std::vector<std::string> expired(std::span<const Kept> backups,
                                               const Retention& retention,
                                               std::chrono::sys_seconds now);

}  // namespace coppice::app::backup
