#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "db/progress.hpp"

namespace coppice::db {

class Connection;

/// The phase in which a database is read from its first page to its last. SQLite doesn't say how
/// far it is.
inline constexpr std::string_view kChecking = "checking";

/// What SQLite's `PRAGMA integrity_check` and `PRAGMA foreign_key_check` find wrong, one sentence
/// each and at most a hundred; nothing for a sound database. Reads the whole file.
/// Errors: those of reading. Thread: the connection's; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> find_damage(Connection& connection);

/// The same of a database file, and what find_index_problems() says of its full-text indexes, for
/// which it is copied. Others may use it meanwhile, and are not held up.
/// @param report  Is told of the phases kChecking, "copying", and that of find_index_problems().
/// Errors: those of opening, reading and private_copy(). Thread: any; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> check_database(
    const std::filesystem::path& database, const Report& report = {});

/// Requires that a database file can be opened and is sound inside (not its foreign keys: data that
/// was wrong before is no damage of a copy; nor its full-text indexes, which can be made anew).
/// Errors: corrupt, with the first things found; cancelled when @p stop asks; io_error.
/// Thread: any; blocks.
[[nodiscard]] actors::Result<void> require_sound(const std::filesystem::path& database,
                                                 const std::stop_token& stop);

}  // namespace coppice::db
