#include "app/cli/socket_peer.hpp"

#include <algorithm>
#include <sys/stat.h>

namespace coppice::app::cli {

std::vector<std::filesystem::path> places_of_server(const std::string& socket_path,
                                                    const Lookup& lookup) {
  const auto folder = std::filesystem::path(socket_path).parent_path();
  std::vector<std::filesystem::path> places{folder.empty() ? "." : folder};
  for (const auto* name : {"DATABASE_PATH", "BACKUP_PATH"}) {
    if (const auto path = lookup(name); path && !path->empty()) places.emplace_back(*path);
  }
  return places;
}

bool may_be_the_server(uid_t peer, uid_t self, const std::vector<std::filesystem::path>& places) {
  if (peer == 0 || peer == self) return true;
  return std::ranges::any_of(places, [peer](const std::filesystem::path& place) {
    struct stat status{};
    return stat(place.c_str(), &status) == 0 && status.st_uid == peer;
  });
}

}  // namespace coppice::app::cli
