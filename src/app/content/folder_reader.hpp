#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/result.hpp"
#include "app/content/asset.hpp"
#include "app/content/folder_memory.hpp"
#include "app/content/post.hpp"
#include "app/content/source_text.hpp"

namespace coppice::app::content {

/// A record read from a content folder, ready to be stored.
using ContentItem = std::variant<Asset, Project, Post>;

/// What one file of a content folder gave.
struct FileContent {
  std::string file;         ///< Relative to the folder: "posts/hello.md".
  std::string digest = {};  ///< SHA-256 of its bytes; empty when it was not read.
  std::vector<ContentItem> items = {};
  /// Why the file, or part of it, was passed over.
  std::vector<SourceProblem> problems = {};
  /// The name of the stored image, where the file is one that has been imported already.
  std::optional<std::string> stored_image = {};
  /// What to remember of the file once all of its items are stored; nothing when there is a problem
  /// or no memory, or the memory knew it.
  std::optional<FolderMemory::Known> to_remember = {};
};

/// Whether the image that is stored under @p name was imported from a file with this digest.
using ImportedImage = std::function<bool(const std::string& name, const std::string& digest)>;

/// Reads a content folder file by file: `assets/*`, `projects/*.yaml`, `posts/*.md`, in this order
/// and each by name, so that posts find the images of the same folder. Hidden files and files of
/// other kinds are left alone.
///
/// One file is in memory at a time. Reading one can take long: a large image is converted.
/// Thread: one that may block. No database is involved.
class FolderReader {
 public:
  /// @param trusted  Whether raw HTML in Markdown stays as written.
  /// @param memory  If given, files that it knows give nothing. Outlives the reader.
  /// Errors: not_found when @p root is no folder or has none of the three folders; io_error.
  [[nodiscard]] static actors::Result<FolderReader> open(const std::filesystem::path& root,
                                                         bool trusted,
                                                         FolderMemory* memory = nullptr);

  /// Reads the next file; nothing after the last one. Whatever is wrong with a file is in its
  /// problems, and the next one can be read.
  ///
  /// @param find_image  Finds images that are stored already; may be empty.
  /// @param is_imported  Tells which image files need not be converted; may be empty.
  [[nodiscard]] std::optional<FileContent> next(const ImageLookup& find_image,
                                                const ImportedImage& is_imported);

  /// How many next() has been through, read or passed over.
  [[nodiscard]] std::size_t files_done() const noexcept { return next_; }
  [[nodiscard]] std::size_t files_found() const noexcept { return entries_.size(); }

 private:
  enum class Kind { asset, project, post };
  struct Entry {
    Kind kind;
    std::filesystem::path path;
    std::string file;
  };

  FolderReader(std::vector<Entry> entries, bool trusted, FolderMemory* memory)
      : entries_(std::move(entries)), trusted_(trusted), memory_(memory) {}

  static actors::Result<void> list(const std::filesystem::path& root, const char* folder, Kind kind,
                                   std::vector<Entry>& entries);

  [[nodiscard]] bool recall(const Entry& entry, const FileStamp& stamp);
  void read_asset(const Entry& entry, const ImportedImage& is_imported, FileContent& content);
  [[nodiscard]] bool claim_image(const std::string& name, FileContent& content);
  void read_projects(const Entry& entry, FileContent& content);
  void read_post(const Entry& entry, const ImageLookup& find_image, FileContent& content);
  [[nodiscard]] std::optional<std::string> text_of(const Entry& entry, FileContent& content) const;
  [[nodiscard]] std::optional<std::string> claim(Kind kind, const std::string& name,
                                                 const std::string& file);

  std::vector<Entry> entries_;
  bool trusted_;
  FolderMemory* memory_;
  std::size_t next_ = 0;
  std::map<std::string, ImageInfo, std::less<>> images_;  // converted just now, by stored name
  std::map<std::pair<Kind, std::string>, std::string> claimed_;  // what names a record → its file
};

}  // namespace coppice::app::content
