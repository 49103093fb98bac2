#include "app/crashes/crash_commands.hpp"

#include "db/connection.hpp"

namespace coppice::app::crashes {
namespace {

using actors::Result;

/// False if there is no row that it belongs to.
Result<bool> add_to_row(db::Connection& db, const Crash& crash) {
  auto updated = db.execute(
      "UPDATE coppice_crashes SET count = count + ?1, last_at = max(last_at, ?2) "
      "WHERE id = (SELECT max(id) FROM coppice_crashes WHERE fingerprint = ?3) "
      "AND ?4 - last_at <= ?5 AND ?4 - at <= ?6",
      crash.count, crash.last_at, crash.fingerprint, crash.at, kFoldAfterLast, kFoldAfterFirst);
  if (!updated) return std::unexpected(std::move(updated.error()));
  return db.changes() > 0;
}

Result<void> add_row(db::Connection& db, const Crash& crash) {
  return db.execute(
      "INSERT INTO coppice_crashes (at, last_at, count, fingerprint, kind, path, pid, incarnation, "
      "actor, message, exception, mailbox, handled, version, reason, state, stack) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      crash.at, crash.last_at, crash.count, crash.fingerprint, crash.kind, crash.path, crash.pid,
      crash.incarnation, crash.actor, crash.message, crash.exception, crash.mailbox, crash.handled,
      crash.version, crash.reason, crash.state, crash.stack);
}

}  // namespace

Result<std::int64_t> KeepCrashes::run(db::Connection& db) const {
  std::int64_t rows = 0;
  for (const auto& crash : crashes) {
    const auto folded = add_to_row(db, crash);
    if (!folded) return std::unexpected(folded.error());
    if (*folded) continue;
    if (auto added = add_row(db, crash); !added) return std::unexpected(added.error());
    ++rows;
  }
  auto trimmed = db.execute(
      "DELETE FROM coppice_crashes WHERE id <= "
      "(SELECT id FROM coppice_crashes ORDER BY id DESC LIMIT 1 OFFSET ?)",
      kMostCrashes);
  if (!trimmed) return std::unexpected(std::move(trimmed.error()));
  return rows;
}

void add_crash_commands(db::CommandRegistry& registry) { registry.add<KeepCrashes>(); }

}  // namespace coppice::app::crashes
