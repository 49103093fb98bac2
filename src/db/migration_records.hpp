#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "db/migration_status.hpp"

/// What a database itself says about its migrations.
///
/// `schema_migrations` is Ecto's table and stays exactly that. Beside it, `coppice_migrations`
/// names those that Coppice ran and has the checksum of what ran; that tells our migrations from
/// another application's, whatever their versions, and shows which were edited afterwards.
namespace coppice::db {

class Connection;
struct Migration;

/// The SHA-256 of an up file's text in 64 lower-case hexadecimal digits, as sha256sum(1) prints it.
[[nodiscard]] std::string migration_checksum(std::string_view text);

/// In ascending order of versions. A database without the tables has none.
[[nodiscard]] actors::Result<std::vector<MigrationRecord>> read_migration_records(
    Connection& connection);

[[nodiscard]] actors::Result<bool> is_recorded(Connection& connection, std::int64_t version);

/// Makes the tables where they are missing.
[[nodiscard]] actors::Result<void> create_migration_tables(Connection& connection);

/// As part of the caller's transaction.
[[nodiscard]] actors::Result<void> add_migration_record(Connection& connection,
                                                        const Migration& migration);
[[nodiscard]] actors::Result<void> remove_migration_record(Connection& connection,
                                                           std::int64_t version);

}  // namespace coppice::db
