#include "db/statement_command.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/sql_text.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

// What would end or escape the transaction that the writer runs commands in. SQLite's grammar has
// each of them as a statement's first word.
constexpr std::array<std::string_view, 10> kRefused = {"BEGIN",     "COMMIT",  "END",    "ROLLBACK",
                                                       "SAVEPOINT", "RELEASE", "ATTACH", "DETACH",
                                                       "PRAGMA",    "VACUUM"};

Result<void> check(std::string_view sql) {
  const auto word = first_word(sql);
  const auto is_it = [&](std::string_view refused) { return equal_ignoring_case(word, refused); };
  if (std::ranges::none_of(kRefused, is_it)) return {};
  return fail(Errc::forbidden, fmt::format("{} is not for commands: the writer holds the "
                                           "transaction around them",
                                           word));
}

Result<void> bind_values(Statement& statement, const std::vector<Value>& values) {
  const auto expected = static_cast<std::size_t>(statement.parameter_count());
  if (values.size() != expected) {
    return fail(Errc::invalid_argument, fmt::format("{} values for a statement with {} parameters",
                                                    values.size(), expected));
  }
  int position = 0;
  for (const auto& value : values) {
    if (auto bound = bind_value(statement, ++position, value); !bound) return bound;
  }
  return {};
}

std::vector<Value> row_values(const Statement& row) {
  std::vector<Value> values;
  for (int column = 0; column < row.column_count(); ++column) {
    values.push_back(column_value(row, column));
  }
  return values;
}

}  // namespace

Result<StatementReply> RunStatement::run(Connection& db) const {
  if (auto allowed = check(sql); !allowed) return std::unexpected(std::move(allowed.error()));
  auto statement = db.prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  if (auto bound = bind_values(*statement, values); !bound) {
    return std::unexpected(std::move(bound.error()));
  }
  StatementReply reply;
  const auto changes_before = db.total_changes();
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    reply.rows.push_back(row_values(*statement));
  }
  // SQLite's count is that of the last statement that was no query.
  if (db.total_changes() != changes_before) reply.changes = db.changes();
  reply.last_insert_rowid = db.last_insert_rowid();
  return reply;
}

}  // namespace coppice::db
