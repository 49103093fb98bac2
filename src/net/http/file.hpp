#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <span>
#include <string>

#include "actors/result.hpp"

namespace coppice::net::http {

/// A regular file that is open for reading, with what it was like when it was opened.
///
/// Thread: any.
class File {
 public:
  /// Errors: not_found (nothing there, or no regular file), forbidden, io_error.
  [[nodiscard]] static actors::Result<std::shared_ptr<const File>> open(const std::string& path);

  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::time_t modified() const noexcept { return modified_; }

  /// Reads at @p offset and returns how many bytes that gave; 0 at the end of the file. May wait
  /// for the disk. Errors: io_error.
  [[nodiscard]] actors::Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const;

  /// Tells the system that this part is wanted soon. Doesn't wait.
  void prefetch(std::uint64_t offset, std::uint64_t size) const noexcept;

 private:
  File(int descriptor, std::uint64_t size, std::time_t modified) noexcept
      : descriptor_(descriptor), size_(size), modified_(modified) {}

  const int descriptor_;
  const std::uint64_t size_;
  const std::time_t modified_;
};

}  // namespace coppice::net::http
