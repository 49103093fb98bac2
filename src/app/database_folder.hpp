#pragma once

#include <string>

#include "actors/result.hpp"

namespace coppice::app {

/// Makes the folder that a database file is to be in, unless it is there.
///
/// Errors: io_error, naming the folder.
[[nodiscard]] actors::Result<void> make_database_folder(const std::string& database_path);

}  // namespace coppice::app
