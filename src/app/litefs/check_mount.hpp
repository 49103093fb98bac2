#pragma once

#include <filesystem>
#include <string>

#include "actors/result.hpp"
#include "app/litefs/settings.hpp"

namespace coppice::app::litefs {

/// Whether a folder is one that LiteFS could have mounted.
[[nodiscard]] bool is_fuse_mount(const std::filesystem::path& folder);

/// Whether the database is where LiteFS replicates it: in the mount itself, which is flat, and not
/// in the folder in which LiteFS keeps its own files. To open it anywhere else is to see old data,
/// and to write what no other node gets.
///
/// @param data_folder  What LiteFS calls its own; empty if it could not be asked.
/// Errors: invalid_argument, which says what to set.
[[nodiscard]] actors::Result<void> check_mount(const Settings& settings,
                                               const std::filesystem::path& database,
                                               const std::filesystem::path& data_folder);

}  // namespace coppice::app::litefs
