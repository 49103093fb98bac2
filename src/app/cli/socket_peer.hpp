#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "app/config.hpp"

namespace coppice::app::cli {

/// What belongs to the user who runs the server: the folder of the admin socket, and, where the
/// environment says where they are, the database and the backups.
[[nodiscard]] std::vector<std::filesystem::path> places_of_server(const std::string& socket_path,
                                                                  const Lookup& lookup);

/// Whether @p peer, who listens on an admin socket, may be told what @p self asks for: root, @p
/// self, or an owner of one of @p places. The last lets root operate a server that runs as a user
/// of its own. In a folder where everybody may make files, anybody else may have been there first.
[[nodiscard]] bool may_be_the_server(uid_t peer, uid_t self,
                                     const std::vector<std::filesystem::path>& places);

}  // namespace coppice::app::cli
