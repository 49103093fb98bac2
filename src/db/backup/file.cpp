#include "db/backup/file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::Result;

namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

Errc errc_of(int error_number) noexcept {
  switch (error_number) {
    case ENOENT: return Errc::not_found;
    case ENOSPC:
    case EDQUOT: return Errc::disk_full;
    case EROFS: return Errc::read_only;
    case EACCES:
    case EPERM: return Errc::forbidden;
    default: return Errc::io_error;
  }
}

std::unexpected<Error> failed(std::string_view what, const std::filesystem::path& path) {
  return std::unexpected(file_error(what, path, errno));
}

}  // namespace

Error file_error(std::string_view what, const std::filesystem::path& path, int error_number) {
  return {errc_of(error_number),
          fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error_number))};
}

Result<File> File::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed("open", path);
  return File(descriptor, path);
}

Result<File> File::create(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (descriptor < 0) return failed("create", path);
  return File(descriptor, path);
}

File::File(int descriptor, std::filesystem::path path) noexcept
    : descriptor_(descriptor), path_(std::move(path)) {}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> File::read(std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::read(descriptor_, buffer.data() + filled, buffer.size() - filled);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path_);
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Result<void> File::seek(std::uint64_t offset) {
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) return failed("read", path_);
  return {};
}

Result<void> File::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> File::write_at_start(std::span<const std::byte> bytes) {
  off_t offset = 0;
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += written;
  }
  return {};
}

Result<void> File::sync() {
  if (::fsync(descriptor_) != 0) return failed("sync", path_);
  return {};
}

Result<std::uint64_t> File::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return failed("look at", path_);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> sync_file(const std::filesystem::path& path) {
  auto opened = File::open(path);
  if (!opened) return std::unexpected(std::move(opened.error()));
  return opened->sync();
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  return sync_file(folder.empty() ? "." : folder);
}

Result<void> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed("rename a file to", to);
  return {};
}

}  // namespace coppice::db
