#include "app/crashes/crash_commands.hpp"

#include <algorithm>

#include "app/crashes/read_crashes.hpp"
#include "db/connection.hpp"
#include "db/query.hpp"

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

/// Whether it made a row of its own.
Result<bool> keep(db::Connection& db, const Crash& crash) {
  const auto folded = add_to_row(db, crash);
  if (!folded) return std::unexpected(folded.error());
  if (*folded) return false;
  if (auto added = add_row(db, crash); !added) return std::unexpected(added.error());
  return true;
}

/// The newest row of equal crashes is the one that it is in.
Result<void> note_unreported(db::Connection& db, const Crash& crash, const std::string& reporter) {
  return db.execute(
      "INSERT INTO coppice_unreported_crashes (crash_id, reporter, count) "
      "SELECT max(id), ?1, ?2 FROM coppice_crashes WHERE fingerprint = ?3 "
      "ON CONFLICT (crash_id, reporter) DO UPDATE SET count = count + excluded.count",
      reporter, crash.count, crash.fingerprint);
}

/// Gives how many of them were there. The rows of earlier ones go first.
Result<std::int64_t> settle(db::Connection& db, const ReportedCrash& reported,
                            const std::string& reporter) {
  const auto rows = db::query<std::int64_t, std::int64_t>(
      db,
      "SELECT u.crash_id, u.count FROM coppice_crashes AS c "
      "JOIN coppice_unreported_crashes AS u ON u.crash_id = c.id "
      "WHERE c.fingerprint = ? AND u.reporter = ? ORDER BY c.id",
      reported.fingerprint, reporter);
  if (!rows) return std::unexpected(rows.error());
  std::int64_t left = reported.count;
  for (const auto& [crash_id, count] : *rows) {
    const auto settled = std::min(left, count);
    auto done = db.execute(
        "UPDATE coppice_unreported_crashes SET count = count - ? "
        "WHERE crash_id = ? AND reporter = ?",
        settled, crash_id, reporter);
    if (!done) return std::unexpected(std::move(done.error()));
    left -= settled;
  }
  return reported.count - left;
}

}  // namespace

Result<std::int64_t> KeepCrashes::run(db::Connection& db) const {
  std::int64_t rows = 0;
  for (const auto& crash : crashes) {
    const auto is_new = keep(db, crash);
    if (!is_new) return std::unexpected(is_new.error());
    if (*is_new) ++rows;
    if (!reporter) continue;
    if (auto noted = note_unreported(db, crash, *reporter); !noted) {
      return std::unexpected(std::move(noted.error()));
    }
  }
  auto trimmed = db.execute(
      "DELETE FROM coppice_crashes WHERE id <= "
      "(SELECT id FROM coppice_crashes ORDER BY id DESC LIMIT 1 OFFSET ?)",
      kMostCrashes);
  if (!trimmed) return std::unexpected(std::move(trimmed.error()));
  return rows;
}

Result<std::int64_t> SettleReported::run(db::Connection& db) const {
  std::int64_t settled = 0;
  for (const auto& some : reported) {
    const auto found = settle(db, some, reporter);
    if (!found) return std::unexpected(found.error());
    settled += *found;
  }
  auto cleared = db.execute("DELETE FROM coppice_unreported_crashes WHERE count <= 0");
  if (!cleared) return std::unexpected(std::move(cleared.error()));
  return settled;
}

Result<std::vector<Crash>> TakeUpUnreported::run(db::Connection& db) const {
  auto forgotten = db.execute(
      "DELETE FROM coppice_unreported_crashes WHERE reporter = ?1 AND crash_id <= "
      "(SELECT crash_id FROM coppice_unreported_crashes WHERE reporter = ?1 "
      "ORDER BY crash_id DESC LIMIT 1 OFFSET ?2)",
      reporter, kMost);
  if (!forgotten) return std::unexpected(std::move(forgotten.error()));
  return read_unreported(db, reporter);
}

void add_crash_commands(db::CommandRegistry& registry) {
  registry.add<KeepCrashes>();
  registry.add<SettleReported>();
  registry.add<TakeUpUnreported>();
}

}  // namespace coppice::app::crashes
