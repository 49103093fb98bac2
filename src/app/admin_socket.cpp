#include "app/admin_socket.hpp"

#include <optional>
#include <unistd.h>

#include "app/config.hpp"
#include "app/paths.hpp"
#include "db/litefs/position_file.hpp"

namespace coppice::app {
namespace {

using std::filesystem::path;

std::optional<path> beside(const std::string& database, const path& mount) {
  if (database.empty() || database == ":memory:") return std::nullopt;
  const auto file = real_path(database);
  const bool is_in_mount = !mount.empty() && is_within(file, real_path(mount));
  if (is_in_mount || db::litefs::is_replicated(file)) return std::nullopt;
  path socket = file.string() + "-admin.sock";
  if (socket.native().size() > kLongestSocketPath) return std::nullopt;
  return socket;
}

}  // namespace

std::string default_admin_socket(const std::string& database, const path& mount) {
  if (const auto socket = beside(database, mount)) return socket->string();
  return (temporary_folder() / ("coppice-admin-" + std::to_string(geteuid()) + ".sock")).string();
}

}  // namespace coppice::app
