#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "actors/result.hpp"

namespace coppice::db {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

/// A compiled statement together with the text that it was compiled from.
struct PreparedStatement {
  std::string sql;
  std::size_t hash = 0;
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
};

/// Keeps the most recently used idle statements of one connection.
///
/// A statement in use belongs to its user, so the same text used twice at once is compiled twice,
/// and nothing in here can be finalized under a running query.
class StatementCache {
 public:
  StatementCache(sqlite3* connection, std::size_t capacity);

  /// Hands out the idle statement for `sql`, or compiles one.
  /// Errors: invalid_argument for bad SQL, for no statement and for more than one.
  [[nodiscard]] actors::Result<std::unique_ptr<PreparedStatement>> acquire(std::string_view sql);

  /// Takes a reset statement back and drops the least recently used one when there are too many.
  void release(std::unique_ptr<PreparedStatement> statement) noexcept;

  [[nodiscard]] std::uint64_t prepared() const noexcept { return prepared_; }
  [[nodiscard]] std::uint64_t reused() const noexcept { return reused_; }

 private:
  [[nodiscard]] actors::Result<std::unique_ptr<PreparedStatement>> compile(std::string_view sql,
                                                                           std::size_t hash);

  sqlite3* connection_;  // Owned by the connection, which outlives its cache.
  std::size_t capacity_;
  std::vector<std::unique_ptr<PreparedStatement>> idle_;  // Least recently used first.
  std::uint64_t prepared_ = 0;
  std::uint64_t reused_ = 0;
};

}  // namespace coppice::db
