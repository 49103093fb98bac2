#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// over those that are as they were, without reading them. A file is remembered once all of it is
/// stored, never before: an import that is broken off leaves nothing behind that isn't so. What
/// lasts longer than the process is in the database: see import_source.hpp.
///
/// Thread: one at a time.
class FolderMemory {
 public:
  struct Known {
    FileStamp stamp;
    std::vector<std::string> names;  ///< Of the records that the file gave.
  };

  /// What is known of a file that is as it was; null for any other.
  [[nodiscard]] const Known* find(const std::string& file, const FileStamp& stamp) const;
  void remember(const std::string& file, Known known);
  void forget(const std::string& file);
  /// Forgets all files below @p folder: "posts/".
  void forget_folder(std::string_view folder);

 private:
  std::map<std::string, Known, std::less<>> files_;
};

}  // namespace coppice::app::content
