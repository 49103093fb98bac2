#include "app/database_folder.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <spdlog/spdlog.h>

namespace coppice::app {
namespace {

using std::filesystem::path;

struct Mount {
  path point;
  std::string type;
};

/// The kernel writes a space as \040, and so on.
std::string unescaped(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    int code = 0;
    const auto digits = text.substr(0, 4);
    const bool is_escape =
        digits.size() == 4 && digits[0] == '\\' &&
        std::from_chars(digits.data() + 1, digits.data() + 4, code, 8).ptr == digits.data() + 4;
    plain += is_escape ? static_cast<char>(code) : text[0];
    text.remove_prefix(is_escape ? 4 : 1);
  }
  return plain;
}

/// `36 35 98:0 / /mount/point rw,noatime master:1 - type source options`, see proc(5).
Mount mount_of(const std::string& line) {
  std::istringstream fields(line);
  std::string id, parent, device, root, point, field;
  fields >> id >> parent >> device >> root >> point;
  while (fields >> field && field != "-") {
  }
  Mount mount{.point = unescaped(point), .type = {}};
  fields >> mount.type;
  return mount;
}

bool is_below(const path& folder, const path& top) {
  return std::ranges::mismatch(top, folder).in1 == top.end();
}

}  // namespace

actors::Result<void> make_database_folder(const std::string& database_path) {
  const auto folder = std::filesystem::path(database_path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return actors::fail(actors::Errc::io_error, "the database's folder " + folder.string() +
                                                  " can't be made: " + error.message() +
                                                  "; mount the volume there, or name another "
                                                  "database");
}

// Of two at one point the later hides the other.
bool goes_with_container(const path& folder, std::string_view mounts) {
  std::istringstream lines{std::string(mounts)};
  Mount holder;
  for (std::string line; std::getline(lines, line);) {
    Mount mount = mount_of(line);
    const auto depth = [](const path& point) { return std::distance(point.begin(), point.end()); };
    const bool is_nearer = depth(mount.point) >= depth(holder.point);
    if (is_below(folder, mount.point) && is_nearer) holder = std::move(mount);
  }
  return holder.point == "/" && holder.type == "overlay";
}

void warn_of_lost_data(const std::string& database_path) {
  std::error_code error;
  const auto folder =
      std::filesystem::canonical(std::filesystem::absolute(database_path).parent_path(), error);
  if (error || is_below(folder, "/tmp")) return;
  std::ifstream file("/proc/self/mountinfo");
  const std::string mounts{std::istreambuf_iterator<char>(file), {}};
  if (!goes_with_container(folder, mounts)) return;
  SPDLOG_WARN(
      "the database's folder {} is on no volume and goes with the container, and all data with it: "
      "mount one there",
      folder.string());
}

}  // namespace coppice::app
