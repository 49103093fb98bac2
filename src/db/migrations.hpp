#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/migration_file.hpp"
#include "db/migration_status.hpp"

namespace coppice::db {

class Connection;

/// One step of the schema's history.
struct Migration {
  std::int64_t version = 0;  ///< 14 digits: the UTC time when it was written.
  std::string label;         ///< "create_posts"
  MigrationScript up;        ///< Its directives hold for this direction only.
  std::optional<MigrationScript> down;
};

/// One thing to do with one migration.
struct MigrationStep {
  MigrationDirection direction = MigrationDirection::up;
  std::int64_t version = 0;
  friend bool operator==(const MigrationStep&, const MigrationStep&) = default;
};

/// Whether to go on with a database that a later release has migrated.
enum class NewerSchema : std::uint8_t { refused, allowed };

/// What became of Migrations::apply_pending.
struct MigrationRun {
  std::vector<std::int64_t> ran;  ///< In the order in which they ran.
  MigrationStatus before;
};

/// A set of migrations in ascending order, and how they apply to a database.
///
/// What has run is recorded in `schema_migrations(version, inserted_at)` just as Ecto does it, so a
/// database of an Ecto application continues from where that left it. Beside it,
/// `coppice_migrations(version, label, checksum)` says which of them Coppice ran, and from what
/// text. Each migration runs in a transaction of its own, together with its record, unless its file
/// asks for none (MigrationDirectives::no_transaction).
///
/// A recorded version that isn't of the set is `newer` if Coppice ran it, and another application's
/// otherwise, whatever its number.
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

  /// Null when there is none of this version.
  [[nodiscard]] const Migration* find(std::int64_t version) const noexcept;

  /// Compares without changing anything. A database without `schema_migrations` has none applied.
  [[nodiscard]] actors::Result<MigrationStatus> status(Connection& connection) const;
  /// The same for records, in ascending order of versions, that have been read already.
  [[nodiscard]] MigrationStatus status(std::span<const MigrationRecord> records) const;

  /// Errors: unsupported, with the version and what to do, when the database is newer.
  [[nodiscard]] actors::Result<void> refuse_newer(const MigrationStatus& status) const;

  /// Runs what is pending, in order. Safe while another process does the same. Not inside a
  /// transaction.
  /// Errors: those of refuse_newer() unless that is allowed, and nothing runs; those of run(): the
  /// migrations before it are done.
  [[nodiscard]] actors::Result<MigrationRun> apply_pending(
      Connection& connection, NewerSchema newer = NewerSchema::refused) const;

  /// Applies or undoes one migration. Yields false when there was nothing to do: another process
  /// has done it since the step was planned. Not inside a transaction.
  /// Errors: not_found for an unknown version and without a down file; migration_failed with file,
  /// line, SQLite's reason and the statement: the migration left no trace, unless its file runs
  /// without a transaction, and then the error says how far it came.
  [[nodiscard]] actors::Result<bool> run(Connection& connection, MigrationStep step) const;

 private:
  Migrations() = default;
  std::vector<Migration> migrations_;
};

}  // namespace coppice::db
