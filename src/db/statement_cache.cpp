#include "db/statement_cache.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

StatementCache::StatementCache(sqlite3* connection, std::size_t capacity)
    : connection_(connection), capacity_(capacity) {
  idle_.reserve(capacity + 1);  // So that release() never allocates.
}

Result<std::unique_ptr<PreparedStatement>> StatementCache::acquire(std::string_view sql) {
  const std::size_t hash = std::hash<std::string_view>{}(sql);
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& statement) {
    return statement->hash == hash && statement->sql == sql;
  });
  if (found == idle_.rend()) return compile(sql, hash);
  auto statement = std::move(*found);
  idle_.erase(std::next(found).base());
  ++reused_;
  return statement;
}

void StatementCache::release(std::unique_ptr<PreparedStatement> statement) noexcept {
  if (capacity_ == 0) return;
  if (idle_.size() == capacity_) idle_.erase(idle_.begin());
  idle_.push_back(std::move(statement));
}

Result<std::unique_ptr<PreparedStatement>> StatementCache::compile(std::string_view sql,
                                                                   std::size_t hash) {
  if (sql.size() >
      static_cast<std::size_t>(sqlite3_limit(connection_, SQLITE_LIMIT_SQL_LENGTH, -1))) {
    return fail(Errc::too_large, "the statement is too long");
  }
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  ++prepared_;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, &rest);
  auto statement = std::make_unique<PreparedStatement>(std::string(sql), hash);
  statement->handle.reset(handle);
  if (code != SQLITE_OK) return std::unexpected(last_error(connection_, sql));
  if (handle == nullptr) return fail(Errc::invalid_argument, "there is no statement in the SQL");
  const auto tail = sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (tail.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    return fail(Errc::invalid_argument,
                "more than one statement where one is expected: " + abbreviate_sql(sql));
  }
  return statement;
}

}  // namespace coppice::db
