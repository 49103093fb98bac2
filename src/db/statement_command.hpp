#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "db/command.hpp"
#include "db/value.hpp"

namespace coppice::db {

/// What a RunStatement did.
struct StatementReply {
  std::int64_t changes = 0;  ///< Rows that the statement changed itself, without those of triggers.
  std::int64_t last_insert_rowid = 0;    ///< Of this or an earlier statement.
  std::vector<std::vector<Value>> rows;  ///< What RETURNING or a query gave.

  auto fields(this auto& self) { return std::tie(self.changes, self.last_insert_rowid, self.rows); }
};

/// The command for simple cases: one SQL statement with its values. Every database knows it.
///
///     co_await database.execute(
///         RunStatement{"UPDATE posts SET is_draft = ? WHERE slug = ?", {0, slug}}, 5s);
///
/// Errors: forbidden for a statement that takes part in transactions or attaches databases, and
/// for PRAGMA and VACUUM; invalid_argument for anything but exactly one statement and for another
/// number of values than it has parameters; those of the statement.
struct RunStatement {
  static constexpr std::string_view kName = "db.statement";
  using Reply = StatementReply;

  std::string sql;
  std::vector<Value> values;

  auto fields(this auto& self) { return std::tie(self.sql, self.values); }
  [[nodiscard]] actors::Result<Reply> run(Connection& db) const;
};

}  // namespace coppice::db
