#include "db/migration_records.hpp"

#include "db/digest.hpp"
#include "db/migrations.hpp"
#include "db/query.hpp"
#include "db/table_exists.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Result;

namespace {

// To the letter as Ecto makes it.
constexpr std::string_view kCreateSchemaMigrations =
    R"(CREATE TABLE IF NOT EXISTS "schema_migrations" )"
    R"(("version" INTEGER PRIMARY KEY, "inserted_at" TEXT))";

constexpr std::string_view kCreateCoppiceMigrations =
    R"(CREATE TABLE IF NOT EXISTS "coppice_migrations" )"
    R"(("version" INTEGER PRIMARY KEY, "label" TEXT NOT NULL, "checksum" TEXT NOT NULL))";

constexpr std::string_view kReadBoth =
    "SELECT version, inserted_at, label, checksum "
    "FROM schema_migrations LEFT JOIN coppice_migrations USING (version) ORDER BY version";

// Of a database where Coppice has run nothing yet.
constexpr std::string_view kReadEctos =
    "SELECT version, inserted_at, NULL, NULL FROM schema_migrations ORDER BY version";

MigrationRecord to_record(const Statement& row) {
  MigrationRecord record{row.get<std::int64_t>(0), row.get<std::string>(1), std::nullopt};
  if (!row.is_null(2)) {
    record.own = MigrationRecord::Own{row.get<std::string>(2), row.get<std::string>(3)};
  }
  return record;
}

}  // namespace

std::string migration_checksum(std::string_view text) { return sha256_of(text); }

Result<std::vector<MigrationRecord>> read_migration_records(Connection& connection) {
  std::vector<MigrationRecord> records;
  const auto present = table_exists(connection, "schema_migrations");
  if (!present) return std::unexpected(present.error());
  if (!*present) return records;
  const auto ours = table_exists(connection, "coppice_migrations");
  if (!ours) return std::unexpected(ours.error());
  const auto read = for_each_row(
      connection, [&](const Statement& row) { records.push_back(to_record(row)); },
      *ours ? kReadBoth : kReadEctos);
  if (!read) return std::unexpected(read.error());
  return records;
}

Result<bool> is_recorded(Connection& connection, std::int64_t version) {
  const auto found = query_value<bool>(
      connection, "SELECT count(*) FROM schema_migrations WHERE version = ?", version);
  if (!found) return std::unexpected(found.error());
  return **found;
}

Result<void> create_migration_tables(Connection& connection) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (auto made = connection.execute(kCreateSchemaMigrations); !made) return made;
  if (auto made = connection.execute(kCreateCoppiceMigrations); !made) return made;
  return transaction->commit();
}

Result<void> add_migration_record(Connection& connection, const Migration& migration) {
  auto added = connection.execute(
      "INSERT INTO schema_migrations (version, inserted_at) "
      "VALUES (?, strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      migration.version);
  if (!added) return added;
  // Replaced, because another application may have undone it, which leaves our row behind.
  return connection.execute("REPLACE INTO coppice_migrations VALUES (?, ?, ?)", migration.version,
                            migration.label, migration_checksum(migration.up.text));
}

Result<void> remove_migration_record(Connection& connection, std::int64_t version) {
  auto removed = connection.execute("DELETE FROM schema_migrations WHERE version = ?", version);
  if (!removed) return removed;
  return connection.execute("DELETE FROM coppice_migrations WHERE version = ?", version);
}

}  // namespace coppice::db
