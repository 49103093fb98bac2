#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/content/markdown.hpp"

namespace coppice::app::content {

/// What tells whether a file is another than it was.
struct FileStamp {
  std::int64_t modified_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Nothing for a file that can't be asked.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

/// The files that an import has brought in whole, so that the next one in the same process passes
/// over those that are as they were: images need not be converted again because one post changed.
///
/// Thread: one at a time.
class FolderMemory {
 public:
  struct Known {
    FileStamp stamp;
    std::vector<std::string> names;       ///< Of the records that the file gave.
    std::optional<ImageInfo> image = {};  ///< If it is one.
  };

  /// What is known of a file that is as it was; null for any other.
  [[nodiscard]] const Known* find(const std::string& file, const FileStamp& stamp) const;
  void remember(const std::string& file, Known known);
  void forget(const std::string& file);

 private:
  std::map<std::string, Known, std::less<>> files_;
};

}  // namespace coppice::app::content
