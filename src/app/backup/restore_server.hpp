#pragma once

#include <string>

#include "actors/result.hpp"
#include "app/backup/backups.hpp"
#include "db/backup/restore.hpp"
#include "db/database.hpp"
#include "db/progress.hpp"

namespace coppice::app::backup {

/// Restores the database of a running server: finds the backup (see Backups::fetch) and gives what
/// was done as JSON.
/// @param expected  The database's file as the caller knows it; empty for any.
/// @param report  Is told of the phases of both.
/// Errors: conflict if this server's is another one; those of Backups::fetch() and
/// Database::restore_blocking(). Thread: one that is no shard's; blocks.
[[nodiscard]] actors::Result<std::string> restore_server(const db::Database& database,
                                                         const Backups& backups,
                                                         const std::string& which,
                                                         const std::string& expected,
                                                         const db::Report& report = {});

/// What a restore did: the backup's manifest, `position`, `kept` where there was something, and
/// `mended`, what was wrong with its full-text indexes.
[[nodiscard]] std::string to_json(const db::Restored& restored);

}  // namespace coppice::app::backup
