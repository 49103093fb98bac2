#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

#include "actors/result.hpp"

namespace coppice::db {

/// The file that a server has found at its database's path, for as long as it serves it.
///
/// Whoever moves, deletes or replaces it meanwhile leaves the open connections with a file that
/// nobody finds any more: what they write is lost with the last of them, without an error. And what
/// has come in its place may not even be opened by this process: SQLite finds the log and its index
/// by the path, and takes those of the former file for the other one's.
///
/// Thread: any, one at a time.
class ServedFile {
 public:
  /// The one that is there now; check_served() goes by it until this object ends.
  /// Errors: not_found, io_error.
  [[nodiscard]] static actors::Result<ServedFile> note(const std::filesystem::path& database);

  ServedFile(ServedFile&& other) noexcept;
  ServedFile& operator=(ServedFile&& other) = delete;
  ~ServedFile();

  /// Whether it is still there; one that can't be looked at counts as that.
  /// Errors: unavailable, with what to do.
  [[nodiscard]] actors::Result<void> check() const;

  // -- putting another one in its place -----------------------------------------------------------
  /// Nobody opens what is there for now.
  void bar();
  /// Nothing has changed.
  void unbar();
  /// The one that is there now is the one. Errors: not_found, io_error; then nothing has changed.
  [[nodiscard]] actors::Result<void> renew();

 private:
  ServedFile(std::string path, dev_t device, ino_t inode) noexcept;

  std::string path_;  // Empty once moved from.
  dev_t device_;
  ino_t inode_;
};

/// For whoever is about to open @p database in this process: whether what is there is the file that
/// is served under that path, if one is, and is not being exchanged. None at all is for the opening
/// to tell.
/// Errors: unavailable, with what to do. Thread: any.
[[nodiscard]] actors::Result<void> check_served(const std::filesystem::path& database);

}  // namespace coppice::db
