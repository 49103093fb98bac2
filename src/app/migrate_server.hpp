#pragma once

#include <string>

#include "actors/result.hpp"
#include "db/database.hpp"

namespace coppice::app {

/// Has a running server's migrator apply what is pending, at once, and gives what ran as `coppice
/// migrate up --json` prints it.
/// @param expected  The database's file as the caller knows it; empty for any.
/// Errors: conflict if this server's is another one; those of Database::migrate_blocking(), a
/// database of a later release as constraint.
/// Thread: one that is no shard's; blocks.
[[nodiscard]] actors::Result<std::string> migrate_server(const db::Database& database,
                                                         const std::string& expected);

}  // namespace coppice::app
