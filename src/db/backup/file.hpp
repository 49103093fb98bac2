#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

/// An open file, for archives and copies. Never for a database that SQLite has open in this
/// process: closing any descriptor of it would drop SQLite's locks.
///
/// Errors of all that touch the disk: not_found, disk_full, read_only, forbidden, io_error; the
/// context has the path and the system's reason.
///
/// Thread: one at a time.
class File {
 public:
  [[nodiscard]] static actors::Result<File> open(const std::filesystem::path& path);
  /// Makes a file that is not there yet, readable by its owner only.
  [[nodiscard]] static actors::Result<File> create(const std::filesystem::path& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) = delete;
  ~File();

  /// Fills @p buffer; fewer bytes than it holds are the last of the file.
  [[nodiscard]] actors::Result<std::size_t> read(std::span<std::byte> buffer);
  /// From where the next read() reads.
  [[nodiscard]] actors::Result<void> seek(std::uint64_t offset);
  [[nodiscard]] actors::Result<void> write(std::span<const std::byte> bytes);
  /// Writes over the beginning, wherever write() stands.
  [[nodiscard]] actors::Result<void> write_at_start(std::span<const std::byte> bytes);
  /// Returns once everything written is on the disk.
  [[nodiscard]] actors::Result<void> sync();
  [[nodiscard]] actors::Result<std::uint64_t> size() const;

 private:
  File(int descriptor, std::filesystem::path path) noexcept;

  int descriptor_;  // -1 once moved from.
  std::filesystem::path path_;
};

/// Returns once what was written to a file is on the disk, whoever wrote it.
[[nodiscard]] actors::Result<void> sync_file(const std::filesystem::path& path);

/// Makes names that were added to or removed from a folder last through a loss of power.
[[nodiscard]] actors::Result<void> sync_folder(const std::filesystem::path& folder);

/// Gives a file another name, in place of what has that name.
[[nodiscard]] actors::Result<void> rename_file(const std::filesystem::path& from,
                                               const std::filesystem::path& to);

/// The error of a system call that failed: "cannot WHAT PATH: REASON".
[[nodiscard]] actors::Error file_error(std::string_view what, const std::filesystem::path& path,
                                       int error_number);

}  // namespace coppice::db
