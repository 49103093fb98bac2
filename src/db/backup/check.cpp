#include "db/backup/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/backup/snapshot.hpp"
#include "db/connection.hpp"
#include "db/full_text_index.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::string_view kSound = "ok";

Result<std::vector<std::string>> check_integrity(Connection& connection, std::string_view pragma) {
  auto rows = query<std::string>(connection, pragma);
  if (!rows) return std::unexpected(std::move(rows.error()));
  std::vector<std::string> found;
  for (auto& [line] : *rows) {
    if (line != kSound) found.push_back(std::move(line));
  }
  return found;
}

}  // namespace

Result<std::vector<std::string>> find_damage(Connection& connection) {
  auto found = check_integrity(connection, "PRAGMA integrity_check(100)");
  if (!found) return found;
  const auto lost = query<std::string, std::optional<std::int64_t>, std::string>(
      connection, "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 100");
  if (!lost) return std::unexpected(lost.error());
  for (const auto& [table, rowid, parent] : *lost) {
    const auto row =
        rowid ? fmt::format("row {} of {}", *rowid, table) : fmt::format("a row of {}", table);
    found->push_back(fmt::format("{} refers to a row of {} that is not there", row, parent));
  }
  return found;
}

Result<std::vector<std::string>> check_database(const std::filesystem::path& database,
                                                const Report& report) {
  auto connection = Connection::open({.path = database, .read_only = true});
  if (!connection) return std::unexpected(std::move(connection.error()));
  tell(report, {.phase = std::string(kChecking)});
  auto found = find_damage(*connection);
  if (!found) return found;
  auto copy = private_copy(database, {}, {}, report);
  if (!copy) return std::unexpected(std::move(copy.error()));
  const auto wrong = find_index_problems(*copy, report);
  if (!wrong) return std::unexpected(wrong.error());
  for (const auto& problem : *wrong) {
    found->push_back(problem + "; `coppice db reindex` makes it anew");
  }
  return found;
}

Result<void> require_sound(const std::filesystem::path& database, const std::stop_token& stop) {
  auto connection = Connection::open({.path = database, .read_only = true});
  if (!connection) return std::unexpected(std::move(connection.error()));
  const std::stop_callback interrupt(
      stop, [interrupter = connection->interrupter()] { interrupter.interrupt(); });
  const auto found = check_integrity(*connection, "PRAGMA integrity_check(3)");
  if (stop.stop_requested()) return fail(Errc::cancelled, "the check was told to stop");
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged: {}", fmt::join(*found, "; ")));
}

}  // namespace coppice::db
