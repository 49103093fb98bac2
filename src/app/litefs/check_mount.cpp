#include "app/litefs/check_mount.hpp"

#include <algorithm>
#include <sys/vfs.h>
#include <system_error>

#include <fmt/format.h>

namespace coppice::app::litefs {
namespace {

using actors::Errc;
using actors::fail;
using std::filesystem::path;

constexpr auto kFuseMagic = 0x65735546;  // linux/magic.h

/// As far as it exists, without links and dots.
path resolved(const path& given) {
  std::error_code error;
  auto found = std::filesystem::weakly_canonical(std::filesystem::absolute(given), error);
  if (error) return given;
  return found.has_filename() ? found : found.parent_path();
}

bool is_within(const path& inner, const path& folder) {
  const auto [end, ignored] =
      std::mismatch(folder.begin(), folder.end(), inner.begin(), inner.end());
  return end == folder.end();
}

}  // namespace

bool is_fuse_mount(const path& folder) {
  struct statfs status{};
  return ::statfs(folder.c_str(), &status) == 0 && status.f_type == kFuseMagic;
}

actors::Result<void> check_mount(const Settings& settings, const path& database,
                                 const path& data_folder) {
  std::error_code unreadable;
  if (!std::filesystem::is_directory(settings.mount, unreadable)) {
    return fail(Errc::invalid_argument,
                fmt::format("LITEFS_MOUNT={} is no folder; is LiteFS running, and its fuse.dir the "
                            "same?",
                            settings.mount.string()));
  }
  const auto file = resolved(database);
  if (!data_folder.empty() && is_within(file, resolved(data_folder))) {
    return fail(Errc::invalid_argument,
                fmt::format("DATABASE_PATH={} is in LiteFS's own folder {}, where nothing that is "
                            "written gets replicated; set it to a file in LITEFS_MOUNT={}",
                            database.string(), data_folder.string(), settings.mount.string()));
  }
  if (file.parent_path() == resolved(settings.mount)) return {};
  return fail(Errc::invalid_argument,
              fmt::format("DATABASE_PATH={} is not replicated, since it is not directly in "
                          "LITEFS_MOUNT={}; set it to {}",
                          database.string(), settings.mount.string(),
                          (settings.mount / database.filename()).string()));
}

}  // namespace coppice::app::litefs
