#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/migrations.hpp"
#include "db/position.hpp"
#include "db/query.hpp"
#include "db/script.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

constexpr std::string_view kCreateSchemaMigrations =
    R"(CREATE TABLE IF NOT EXISTS "schema_migrations" )"
    R"(("version" INTEGER PRIMARY KEY, "inserted_at" TEXT))";

Result<bool> exists(Connection& connection, std::string_view table) {
  const auto found = query_value<bool>(
      connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", table);
  if (!found) return std::unexpected(found.error());
  return **found;
}

Result<std::set<std::int64_t>> recorded_versions(Connection& connection) {
  std::set<std::int64_t> versions;
  const auto present = exists(connection, "schema_migrations");
  if (!present) return std::unexpected(present.error());
  if (!*present) return versions;
  const auto read = for_each_row(
      connection, [&](const Statement& row) { versions.insert(row.get<std::int64_t>(0)); },
      "SELECT version FROM schema_migrations");
  if (!read) return std::unexpected(read.error());
  return versions;
}

Error failed(std::string_view place, const Error& reason) {
  return {Errc::migration_failed, fmt::format("{}: {}", place, reason.context)};
}

std::string place_of(const MigrationFile& file, std::size_t offset) {
  const auto line = 1 + std::ranges::count(std::string_view(file.text).substr(0, offset), '\n');
  return fmt::format("{}:{}", file.name, line);
}

Result<void> run_file(Connection& connection, const MigrationFile& file) {
  const auto ran = run_script(connection, file.text);
  if (ran) return {};
  return std::unexpected(failed(place_of(file, ran.error().offset), ran.error().error));
}

std::string quote_identifier(std::string_view identifier) {
  std::string result = "\"";
  for (const char c : identifier) {
    if (c == '"') result += c;
    result += c;
  }
  return result + '"';
}

Result<void> drop_triggers(Connection& connection, std::string_view table) {
  const auto triggers = query<std::string>(
      connection,
      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND instr(lower(sql), lower(?)) > 0",
      table);
  if (!triggers) return std::unexpected(triggers.error());
  for (const auto& [name] : *triggers) {
    if (auto done = connection.execute("DROP TRIGGER " + quote_identifier(name)); !done)
      return done;
  }
  return {};
}

Result<void> run_directives(Connection& connection, const Migration& migration) {
  for (const auto& table : migration.directives.drop_triggers) {
    const auto dropped = drop_triggers(connection, table);
    if (!dropped) return std::unexpected(failed(migration.up.name, dropped.error()));
  }
  return {};
}

// The schema is part of what readers see, so a response computed before it changed is stale.
Result<void> advance_position_if_kept(Connection& connection) {
  const auto kept = exists(connection, "coppice_position");
  if (!kept) return std::unexpected(kept.error());
  if (!*kept) return {};
  const auto advanced = advance_position(connection);
  if (!advanced) return std::unexpected(advanced.error());
  return {};
}

Result<void> record_and_commit(Connection& connection, Transaction& transaction,
                               std::string_view record, std::int64_t version) {
  if (auto done = connection.execute(record, version); !done) return done;
  if (auto done = advance_position_if_kept(connection); !done) return done;
  return transaction.commit();
}

// Yields false when another process has run the migration since it was found to be pending.
Result<bool> apply(Connection& connection, const Migration& migration) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(failed(migration.up.name, transaction.error()));
  const auto recorded = recorded_versions(connection);
  if (!recorded) return std::unexpected(failed(migration.up.name, recorded.error()));
  if (recorded->contains(migration.version)) return false;
  if (auto done = run_directives(connection, migration); !done) {
    return std::unexpected(std::move(done.error()));
  }
  if (auto done = run_file(connection, migration.up); !done) {
    return std::unexpected(std::move(done.error()));
  }
  const auto committed = record_and_commit(connection, *transaction,
                                           "INSERT INTO schema_migrations (version, inserted_at) "
                                           "VALUES (?, strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
                                           migration.version);
  if (!committed) return std::unexpected(failed(migration.up.name, committed.error()));
  return true;
}

Error newer_than_binary(const MigrationStatus& status, std::int64_t latest) {
  return {Errc::unsupported,
          fmt::format("the database is at schema version {}, which is newer than this binary's {}; "
                      "run the release that made it, or a later one",
                      status.newer.back(), latest)};
}

}  // namespace

Result<MigrationStatus> Migrations::status(Connection& connection) const {
  auto recorded = recorded_versions(connection);
  if (!recorded) return std::unexpected(std::move(recorded.error()));
  MigrationStatus status;
  for (const auto& migration : migrations_) {
    const bool applied = recorded->erase(migration.version) > 0;
    (applied ? status.applied : status.pending).push_back(migration.version);
  }
  for (const auto version : *recorded) {
    (version > latest() ? status.newer : status.foreign).push_back(version);
  }
  return status;
}

Result<std::vector<std::int64_t>> Migrations::apply_pending(Connection& connection) const {
  const auto before = status(connection);
  if (!before) return std::unexpected(before.error());
  if (!before->newer.empty()) return std::unexpected(newer_than_binary(*before, latest()));
  std::vector<std::int64_t> done;
  if (before->pending.empty()) return done;
  if (auto made = connection.execute(kCreateSchemaMigrations); !made) {
    return std::unexpected(failed("schema_migrations", made.error()));
  }
  for (const auto& migration : migrations_) {
    if (!std::ranges::binary_search(before->pending, migration.version)) continue;
    const auto applied = apply(connection, migration);
    if (!applied) return std::unexpected(applied.error());
    if (*applied) done.push_back(migration.version);
  }
  return done;
}

Result<void> Migrations::revert(Connection& connection, std::int64_t version) const {
  const auto found = std::ranges::find(migrations_, version, &Migration::version);
  if (found == migrations_.end()) {
    return fail(Errc::not_found, fmt::format("there is no migration {}", version));
  }
  if (!found->down) {
    return fail(Errc::not_found, fmt::format("{} has no down file", found->up.name));
  }
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(failed(found->down->name, transaction.error()));
  const auto recorded = recorded_versions(connection);
  if (!recorded) return std::unexpected(failed(found->down->name, recorded.error()));
  if (!recorded->contains(version)) {
    return fail(Errc::not_found, fmt::format("migration {} has not been applied", version));
  }
  if (auto done = run_file(connection, *found->down); !done) return done;
  const auto committed = record_and_commit(
      connection, *transaction, "DELETE FROM schema_migrations WHERE version = ?", version);
  if (!committed) return std::unexpected(failed(found->down->name, committed.error()));
  return {};
}

}  // namespace coppice::db
