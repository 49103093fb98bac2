#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/database.hpp"
#include "db/progress.hpp"

namespace coppice::app {

/// What db::check_database() finds wrong in a running server's database, as checked_json().
/// @param expected  The database's file as the caller knows it; empty for any.
/// @param report  Is told of the phases of db::check_database().
/// Errors: conflict if this server's is another one; those of db::check_database().
/// Thread: one that is no shard's; blocks, for as long as reading the whole file takes.
[[nodiscard]] actors::Result<std::string> check_server(const db::Database& database,
                                                       const std::string& expected,
                                                       const db::Report& report = {});

/// {"database":"…","ok":false,"problems":["…"]}
[[nodiscard]] std::string checked_json(const std::filesystem::path& database,
                                       const std::vector<std::string>& problems);

}  // namespace coppice::app
