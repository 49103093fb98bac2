#include "db/free_space.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::uint64_t kMebibyte = 1UL << 20U;

std::filesystem::path folder_beside(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<std::uint64_t> free_space_beside(const std::filesystem::path& file) {
  const auto folder = folder_beside(file);
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return fail(Errc::io_error, folder.string() + ": " + error.message());
  return space.available;
}

Result<void> require_free_space(const std::filesystem::path& file, std::uint64_t bytes,
                                std::string_view what, const MeasureFreeSpace& measure) {
  const auto free = measure(file);
  if (!free || *free >= bytes) return {};
  return fail(
      Errc::disk_full,
      fmt::format("{} needs {} bytes in {} ({} MiB), and {} bytes are free ({} MiB)", what, bytes,
                  folder_beside(file).string(), bytes / kMebibyte, *free, *free / kMebibyte));
}

FreeSpaceGuard::FreeSpaceGuard(std::filesystem::path file, std::uint64_t reserve,
                               MeasureFreeSpace measure)
    : file_(std::move(file)), reserve_(reserve), measure_(std::move(measure)) {}

Result<void> FreeSpaceGuard::check() {
  if (reserve_ == 0) return {};
  const auto free = measure_(file_);
  const auto wanted = refuses_ ? reserve_ + reserve_ / 8 : reserve_;
  refuses_ = free && *free < wanted;
  if (!refuses_) return {};
  return fail(Errc::disk_full,
              fmt::format("{} MiB are free beside the database, fewer than the {} MiB that are "
                          "wanted; writes go on by themselves once there is more",
                          *free / kMebibyte, wanted / kMebibyte));
}

}  // namespace coppice::db
