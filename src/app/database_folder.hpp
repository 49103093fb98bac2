#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app {

/// Makes the folder that a database file is to be in, unless it is there.
///
/// Errors: io_error, naming the folder.
[[nodiscard]] actors::Result<void> make_database_folder(const std::string& database_path);

/// Whether what is written to a folder goes with the container that the process runs in: it is on
/// the overlay over the image that is the container's root, and on no volume.
/// @param folder  Absolute, without links.
/// @param mounts  What /proc/self/mountinfo says.
[[nodiscard]] bool goes_with_container(const std::filesystem::path& folder,
                                       std::string_view mounts);

/// Warns of a database whose folder, which is there, goes with the container. One below /tmp is
/// meant to.
void warn_of_lost_data(const std::string& database_path);

}  // namespace coppice::app
