#include "app/content/resource/record_sql.hpp"

#include <fmt/format.h>

namespace coppice::app::content {

using actors::Result;

namespace {
constexpr std::string_view kNow = "strftime('%Y-%m-%dT%H:%M:%S', 'now')";
}  // namespace

Result<void> bind_record(db::Statement& statement, const Record& record) {
  int position = 0;
  for (const auto& [column, value] : record.entries()) {
    if (auto bound = db::bind_value(statement, ++position, value); !bound) return bound;
  }
  return {};
}

Result<std::int64_t> insert_row(db::Connection& db, const Table& table, const Record& record) {
  std::string columns;
  std::string values;
  for (const auto& [column, value] : record.entries()) {
    columns += column + ", ";
    values += "?, ";
  }
  auto statement =
      db.prepare(fmt::format("INSERT INTO {0} ({1}inserted_at, updated_at) VALUES ({2}{3}, {3})",
                             table.resource().name, columns, values, kNow));
  if (!statement) return std::unexpected(statement.error());
  auto done = bind_record(*statement, record);
  if (done) done = statement->run();
  if (!done) return std::unexpected(std::move(done.error()));
  return db.last_insert_rowid();
}

Result<void> update_row(db::Connection& db, const Table& table, const Record& changes,
                        std::int64_t id) {
  std::string assignments;
  for (const auto& [column, value] : changes.entries()) assignments += column + " = ?, ";
  auto statement = db.prepare(fmt::format("UPDATE {} SET {}updated_at = {} WHERE id = ?",
                                          table.resource().name, assignments, kNow));
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_record(*statement, changes); !bound) return bound;
  const int behind = static_cast<int>(changes.entries().size()) + 1;
  if (auto bound = statement->bind(behind, id); !bound) return bound;
  return statement->run();
}

}  // namespace coppice::app::content
