#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/migration_file.hpp"

namespace coppice::db {

class Connection;

/// One step of the schema's history.
struct Migration {
  std::int64_t version = 0;  ///< 14 digits: the UTC time when it was written.
  std::string label;         ///< "create_posts"
  MigrationFile up;
  std::optional<MigrationFile> down;
  MigrationDirectives directives;  ///< Those of the up file.
};

/// Where a database stands against a set of migrations.
struct MigrationStatus {
  std::vector<std::int64_t> applied;  ///< Ours, recorded in the database, ascending.
  std::vector<std::int64_t> pending;  ///< Ours, not yet recorded, ascending.
  /// Recorded versions above all of ours: a later release has been here.
  std::vector<std::int64_t> newer;
  /// Recorded versions that aren't ours, but not above: another application's own steps.
  std::vector<std::int64_t> foreign;
};

/// A set of migrations in ascending order, and how they apply to a database.
///
/// What has run is recorded in `schema_migrations(version, inserted_at)` just as Ecto does it, so a
/// database of an Ecto application continues from where that left it. Each migration runs in a
/// transaction of its own, together with its record.
class Migrations {
 public:
  /// The files under migrations/ when this binary was built.
  [[nodiscard]] static actors::Result<Migrations> embedded();

  /// All *.sql files of a folder; others are ignored.
  /// Errors: not_found or io_error for the folder or a file, and those of from_files().
  [[nodiscard]] static actors::Result<Migrations> from_directory(
      const std::filesystem::path& directory);

  /// Errors: malformed for a wrong name, directive or for a down file without its up file;
  /// conflict for two migrations of one version. The context names the file.
  [[nodiscard]] static actors::Result<Migrations> from_files(std::vector<MigrationFile> files);

  [[nodiscard]] std::span<const Migration> all() const noexcept { return migrations_; }
  /// The highest version, or 0 for an empty set.
  [[nodiscard]] std::int64_t latest() const noexcept;

  /// Compares without changing anything. A database without `schema_migrations` has none applied.
  [[nodiscard]] actors::Result<MigrationStatus> status(Connection& connection) const;

  /// Runs what is pending, in order, and returns the versions that it ran. Safe while another
  /// process does the same. Not inside a transaction.
  /// Errors: unsupported when the database is newer (see MigrationStatus), and nothing runs;
  /// migration_failed with file, line, SQLite's reason and the statement: that migration left no
  /// trace, those before it are done.
  [[nodiscard]] actors::Result<std::vector<std::int64_t>> apply_pending(
      Connection& connection) const;

  /// Undoes one applied migration by its down file.
  /// Errors: not_found when it is unknown, not applied or has no down file; migration_failed as
  /// above.
  [[nodiscard]] actors::Result<void> revert(Connection& connection, std::int64_t version) const;

 private:
  Migrations() = default;
  std::vector<Migration> migrations_;
};

}  // namespace coppice::db
