#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

/// How many bytes an unprivileged process may still write beside a file. Errors: io_error.
using MeasureFreeSpace = std::function<actors::Result<std::uint64_t>(const std::filesystem::path&)>;

/// As statvfs(3) tells it for the file's folder. Thread: any.
[[nodiscard]] actors::Result<std::uint64_t> free_space_beside(const std::filesystem::path& file);

/// Requires that so many bytes may still be written beside a file. A space that cannot be measured
/// counts as enough.
/// @param what  That needs them, for the message: "the restore".
/// Errors: disk_full with both numbers. Thread: any.
[[nodiscard]] actors::Result<void> require_free_space(const std::filesystem::path& file,
                                                      std::uint64_t bytes, std::string_view what,
                                                      const MeasureFreeSpace& measure);

/// Keeps a reserve, so that the disk does not run full in the middle of a commit: the log, the
/// checkpoint and whoever cleans up need some space as well.
class FreeSpaceGuard {
 public:
  /// @param reserve  In bytes; 0 for no guard.
  FreeSpaceGuard(std::filesystem::path file, std::uint64_t reserve, MeasureFreeSpace measure);

  /// Errors: disk_full with both numbers. Once it has refused, it wants an eighth more than the
  /// reserve, so as not to go back and forth. A space that cannot be measured counts as enough.
  [[nodiscard]] actors::Result<void> check();

 private:
  const std::filesystem::path file_;
  const std::uint64_t reserve_;
  const MeasureFreeSpace measure_;
  bool refuses_ = false;
};

}  // namespace coppice::db
