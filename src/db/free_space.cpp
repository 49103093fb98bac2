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

}  // namespace

Result<std::uint64_t> free_space_beside(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return fail(Errc::io_error, folder.string() + ": " + error.message());
  return space.available;
}

FreeSpaceGuard::FreeSpaceGuard(std::filesystem::path file, std::uint64_t reserve,
                               MeasureFreeSpace measure)
    : file_(std::move(file)), reserve_(reserve), measure_(std::move(measure)) {}

Result<void> FreeSpaceGuard::check() const {
  if (reserve_ == 0) return {};
  const auto free = measure_(file_);
  if (!free || *free >= reserve_) return {};
  return fail(Errc::disk_full,
              fmt::format("{} MiB are free beside {}, fewer than the {} MiB that are kept in "
                          "reserve; writes go on by themselves once there is more",
                          *free / kMebibyte, file_.string(), reserve_ / kMebibyte));
}

}  // namespace coppice::db
