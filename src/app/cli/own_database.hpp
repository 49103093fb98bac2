#pragma once

#include <string>

#include "actors/result.hpp"
#include "db/connection.hpp"
#include "db/process_guard.hpp"

namespace coppice::app::cli {

/// A database that this process alone writes to, with its schema up to date.
struct OwnDatabase {
  db::Connection writer;
  db::ProcessGuard guard;
};

/// Takes the database at @p path, which is made if there is none.
///
/// Errors: busy while a server or another command has it; those of the file and of the migrations.
[[nodiscard]] actors::Result<OwnDatabase> take_database(const std::string& path);

}  // namespace coppice::app::cli
