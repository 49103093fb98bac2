#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "actors/result.hpp"

namespace coppice::db {

/// How many bytes an unprivileged process may still write beside a file. Errors: io_error.
using MeasureFreeSpace = std::function<actors::Result<std::uint64_t>(const std::filesystem::path&)>;

/// As statvfs(3) tells it for the file's folder. Thread: any.
[[nodiscard]] actors::Result<std::uint64_t> free_space_beside(const std::filesystem::path& file);

/// Keeps a reserve, so that the disk does not run full in the middle of a commit: the log, the
/// checkpoint and whoever cleans up need some space as well.
class FreeSpaceGuard {
 public:
  /// @param reserve  In bytes; 0 for no guard.
  FreeSpaceGuard(std::filesystem::path file, std::uint64_t reserve, MeasureFreeSpace measure);

  /// Errors: disk_full with both numbers. A space that cannot be measured counts as enough.
  [[nodiscard]] actors::Result<void> check() const;

 private:
  const std::filesystem::path file_;
  const std::uint64_t reserve_;
  const MeasureFreeSpace measure_;
};

}  // namespace coppice::db
