#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "actors/runtime.hpp"
#include "db/database.hpp"
#include "db/progress.hpp"

namespace coppice::app {

/// Makes the full-text indexes of a database anew that no server has, and gives their names.
/// @param report  Is told of the phases of db::rebuild_indexes().
/// Errors: busy while a server runs on it; not_found, and those of writing. Thread: any; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> reindex_stopped(
    const std::filesystem::path& database, const db::Report& report = {});

/// The same for a running server's: its writer does it as one commit, for which other writes wait.
/// @param expected  The database's file as the caller knows it; empty for any.
/// Errors: conflict if this server's is another one; those of Database::execute().
/// Thread: one that is no shard's; blocks.
[[nodiscard]] actors::Result<std::string> reindex_server(actors::Runtime& runtime,
                                                         const db::Database& database,
                                                         const std::string& expected);

/// {"database":"…","rebuilt":["…"]}
[[nodiscard]] std::string reindexed_json(const std::filesystem::path& database,
                                         const std::vector<std::string>& rebuilt);

/// Whether two paths lead to one database, also while nothing is there. Thread: any.
[[nodiscard]] bool is_same_database(const std::filesystem::path& one,
                                    const std::filesystem::path& other);

/// That @p expected, unless it is empty, is the file of the server's database. Errors: conflict.
[[nodiscard]] actors::Result<void> require_database(const db::Database& database,
                                                    const std::string& expected);

}  // namespace coppice::app
