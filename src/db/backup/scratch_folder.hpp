#pragma once

#include <filesystem>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

/// A folder for files that are needed for a while, gone at the end of the object. What a process
/// that was killed has left behind goes when the next one is made in the same place.
///
/// Thread: one at a time.
class ScratchFolder {
 public:
  /// Makes `.coppice-XXXXXX` in @p parent, and @p parent itself if it isn't there.
  /// Errors: those of File.
  [[nodiscard]] static actors::Result<ScratchFolder> make(const std::filesystem::path& parent);

  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&& other) = delete;
  ~ScratchFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

 private:
  ScratchFolder(std::filesystem::path path, int lock) noexcept;

  std::filesystem::path path_;  // Empty once moved from.
  int lock_;                    // Locked as long as somebody works in the folder.
};

}  // namespace coppice::db
