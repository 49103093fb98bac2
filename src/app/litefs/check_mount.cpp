#include "app/litefs/check_mount.hpp"

#include <sys/vfs.h>
#include <system_error>

#include <fmt/format.h>

#include "app/paths.hpp"

namespace coppice::app::litefs {
namespace {

using actors::Errc;
using actors::fail;
using std::filesystem::path;

constexpr auto kFuseMagic = 0x65735546;  // linux/magic.h

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
  const auto file = real_path(database);
  if (!data_folder.empty() && is_within(file, real_path(data_folder))) {
    return fail(Errc::invalid_argument,
                fmt::format("DATABASE_PATH={} is in LiteFS's own folder {}, where nothing that is "
                            "written gets replicated; set it to a file in LITEFS_MOUNT={}",
                            database.string(), data_folder.string(), settings.mount.string()));
  }
  if (file.parent_path() == real_path(settings.mount)) return {};
  return fail(Errc::invalid_argument,
              fmt::format("DATABASE_PATH={} is not replicated, since it is not directly in "
                          "LITEFS_MOUNT={}; set it to {}",
                          database.string(), settings.mount.string(),
                          (settings.mount / database.filename()).string()));
}

}  // namespace coppice::app::litefs
