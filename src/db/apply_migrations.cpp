#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/migration_records.hpp"
#include "db/migrations.hpp"
#include "db/position.hpp"
#include "db/query.hpp"
#include "db/script.hpp"
#include "db/sql_text.hpp"
#include "db/table_exists.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

Error failed(std::string_view place, const Error& reason) {
  return {Errc::migration_failed, fmt::format("{}: {}", place, reason.context)};
}

std::string place_of(const MigrationScript& file, std::size_t offset) {
  const auto line = 1 + std::ranges::count(std::string_view(file.text).substr(0, offset), '\n');
  return fmt::format("{}:{}", file.name, line);
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

Result<void> run_directives(Connection& connection, const MigrationScript& script) {
  for (const auto& table : script.directives.drop_triggers) {
    const auto dropped = drop_triggers(connection, table);
    if (!dropped) return std::unexpected(failed(script.name, dropped.error()));
  }
  return {};
}

// The reason says that it is about the transaction, but not that there is a way around it.
std::string_view advice_about(const ScriptError& failure) {
  const std::string_view text = failure.error.context;
  const auto reason = text.substr(0, text.find("; statement: "));
  return reason.contains(" a transaction")
             ? "; a file that begins with \"-- coppice:no-transaction\" runs without one"
             : "";
}

std::string progress_of(const ScriptError& failure) {
  return fmt::format(
      "; it runs without a transaction, so what the {} statements before it committed stays, "
      "and the next attempt begins with the first one again",
      failure.completed);
}

Result<void> run_script_file(Connection& connection, const MigrationScript& script) {
  if (auto done = run_directives(connection, script); !done) return done;
  const bool alone = script.directives.no_transaction;
  const auto ran = run_script(connection, script.text,
                              alone ? TransactionControl::scripts : TransactionControl::callers);
  if (ran) return {};
  Error error = failed(place_of(script, ran.error().offset), ran.error().error);
  error.context += alone ? progress_of(ran.error()) : advice_about(ran.error());
  return std::unexpected(std::move(error));
}

// The schema is part of what readers see, so a response computed before it changed is stale.
Result<void> advance_position_if_kept(Connection& connection) {
  const auto kept = table_exists(connection, "coppice_position");
  if (!kept) return std::unexpected(kept.error());
  if (!*kept) return {};
  const auto advanced = advance_position(connection);
  if (!advanced) return std::unexpected(advanced.error());
  return {};
}

/// One step with what belongs to it. Lives as long as it runs.
struct Work {
  const Migration& migration;
  const MigrationScript& script;
  bool up;

  // Asked inside the transaction that changes it, since another process may be at it too.
  [[nodiscard]] Result<bool> is_due(Connection& connection) const {
    const auto recorded = is_recorded(connection, migration.version);
    if (!recorded) return std::unexpected(failed(script.name, recorded.error()));
    return *recorded != up;
  }

  [[nodiscard]] Result<void> record_and_commit(Connection& connection,
                                               Transaction& transaction) const {
    auto done = up ? add_migration_record(connection, migration)
                   : remove_migration_record(connection, migration.version);
    if (done) done = advance_position_if_kept(connection);
    if (done) done = transaction.commit();
    if (!done) return std::unexpected(failed(script.name, done.error()));
    return {};
  }
};

Result<Transaction> begin(Connection& connection, const Work& work) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(failed(work.script.name, transaction.error()));
  return transaction;
}

Result<bool> run_in_transaction(Connection& connection, const Work& work) {
  auto transaction = begin(connection, work);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto due = work.is_due(connection);
  if (!due || !*due) return due;
  if (auto ran = run_script_file(connection, work.script); !ran) {
    return std::unexpected(std::move(ran.error()));
  }
  if (auto committed = work.record_and_commit(connection, *transaction); !committed) {
    return std::unexpected(std::move(committed.error()));
  }
  return true;
}

// What such a script does to its connection (PRAGMA foreign_keys, a transaction that it leaves
// open) must not outlive it.
Result<void> run_on_own_connection(Connection& connection, const MigrationScript& script) {
  const auto path = query_value<std::string>(
      connection, "SELECT file FROM pragma_database_list WHERE name = 'main'");
  if (!path) return std::unexpected(failed(script.name, path.error()));
  auto own = Connection::open({.path = path->value_or("")});
  if (!own) return std::unexpected(failed(script.name, own.error()));
  if (auto ran = run_script_file(*own, script); !ran) {
    // Each of its statements is a commit of its own.
    if (own->has_failed()) connection.note_lost_commit();
    return ran;
  }
  if (!own->in_transaction()) return {};
  return std::unexpected(
      failed(script.name, {Errc::malformed, "it leaves the transaction open that it began"}));
}

Result<bool> run_without_transaction(Connection& connection, const Work& work) {
  auto due = work.is_due(connection);
  if (!due || !*due) return due;
  if (auto ran = run_on_own_connection(connection, work.script); !ran) {
    return std::unexpected(std::move(ran.error()));
  }
  auto transaction = begin(connection, work);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  due = work.is_due(connection);
  if (!due || !*due) return due;
  if (auto committed = work.record_and_commit(connection, *transaction); !committed) {
    return std::unexpected(std::move(committed.error()));
  }
  return true;
}

}  // namespace

Result<MigrationRun> Migrations::apply_pending(Connection& connection, NewerSchema newer) const {
  auto before = status(connection);
  if (!before) return std::unexpected(std::move(before.error()));
  if (newer == NewerSchema::refused) {
    if (auto known = refuse_newer(*before); !known) {
      return std::unexpected(std::move(known.error()));
    }
  }
  MigrationRun run{.ran = {}, .before = std::move(*before)};
  for (const auto version : run.before.versions(MigrationState::pending)) {
    const auto ran = this->run(connection, {MigrationDirection::up, version});
    if (!ran) return std::unexpected(ran.error());
    if (*ran) run.ran.push_back(version);
  }
  return run;
}

Result<bool> Migrations::run(Connection& connection, MigrationStep step) const {
  const Migration* const migration = find(step.version);
  if (migration == nullptr) {
    return fail(Errc::not_found, fmt::format("there is no migration {}", step.version));
  }
  const bool up = step.direction == MigrationDirection::up;
  if (!up && !migration->down) {
    return fail(Errc::not_found, fmt::format("{} has no down file", migration->up.name));
  }
  if (auto made = create_migration_tables(connection); !made) {
    return std::unexpected(failed("schema_migrations", made.error()));
  }
  const Work work{*migration, up ? migration->up : *migration->down, up};
  return work.script.directives.no_transaction ? run_without_transaction(connection, work)
                                               : run_in_transaction(connection, work);
}

}  // namespace coppice::db
