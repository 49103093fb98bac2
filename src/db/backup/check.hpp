#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"

namespace coppice::db {

class Connection;

/// What SQLite's `PRAGMA integrity_check` and `PRAGMA foreign_key_check` find wrong, one sentence
/// each and at most a hundred; nothing for a sound database. Reads the whole file.
/// Errors: those of reading. Thread: the connection's; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> find_damage(Connection& connection);

/// The same of a database file, and what find_index_problems() says of its full-text indexes, for
/// which it is copied. Others may use it meanwhile, and are not held up.
/// Errors: those of opening, reading and private_copy(). Thread: any; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> check_database(
    const std::filesystem::path& database);

/// Requires that a database file can be opened and is sound inside (not its foreign keys: data that
/// was wrong before is no damage of a copy; nor its full-text indexes, which can be made anew).
/// Errors: corrupt, with the first things found; cancelled when @p stop asks; io_error.
/// Thread: any; blocks.
[[nodiscard]] actors::Result<void> require_sound(const std::filesystem::path& database,
                                                 const std::stop_token& stop);

}  // namespace coppice::db
