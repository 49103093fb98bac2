#include "db/script.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <sqlite3.h>

#include "db/connection.hpp"
#include "db/connection_state.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;

namespace {

using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
using ScriptResult = std::expected<void, ScriptError>;

int refuse_attaching(void* /*context*/, int action, const char* /*first*/, const char* /*second*/,
                     const char* /*database*/, const char* /*trigger*/) noexcept {
  return action == SQLITE_ATTACH || action == SQLITE_DETACH ? SQLITE_DENY : SQLITE_OK;
}

int refuse_transactions_too(void* context, int action, const char* first, const char* second,
                            const char* database, const char* trigger) noexcept {
  if (action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT) return SQLITE_DENY;
  return refuse_attaching(context, action, first, second, database, trigger);
}

// Only while a statement is compiled: what VACUUM does when it runs is refused otherwise.
class Refusal {
 public:
  Refusal(sqlite3* handle, TransactionControl control) noexcept : handle_(handle) {
    const bool all = control == TransactionControl::callers;
    sqlite3_set_authorizer(handle_, all ? &refuse_transactions_too : &refuse_attaching, nullptr);
  }
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;
  ~Refusal() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

 private:
  sqlite3* handle_;
};

struct Compiled {
  int code;
  StatementHandle statement;  // Null for text that is no statement.
  std::size_t length;         // Of its text.
};

Compiled compile(sqlite3* handle, std::string_view sql, TransactionControl control) {
  const Refusal refusal(handle, control);
  sqlite3_stmt* compiled = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &compiled, &tail);
  return {code, StatementHandle(compiled), static_cast<std::size_t>(tail - sql.data())};
}

std::size_t end_of_comment(std::string_view sql, std::size_t start, std::string_view end) {
  const auto found = sql.find(end, start + 2);
  return found == std::string_view::npos ? sql.size() : found + end.size();
}

// Where the next statement's first word is, so that a message names its line and not the comment
// above it.
std::size_t skip_blank(std::string_view sql, std::size_t offset) {
  for (;;) {
    offset = std::min(sql.find_first_not_of(" \t\r\n;", offset), sql.size());
    const auto rest = sql.substr(offset);
    if (rest.starts_with("--")) {
      offset = end_of_comment(sql, offset, "\n");
    } else if (rest.starts_with("/*")) {
      offset = end_of_comment(sql, offset, "*/");
    } else {
      return offset;
    }
  }
}

ScriptError failure_at(sqlite3* handle, std::string_view sql, std::size_t offset) {
  auto error = last_error(handle, sql);
  if (error.code == Errc::forbidden) {
    error.context = "a script takes no part in transactions and attaches nothing; statement: " +
                    abbreviate_sql(sql);
  }
  const int word = sqlite3_error_offset(handle);
  return {std::move(error), offset + static_cast<std::size_t>(std::max(word, 0))};
}

// Runs the statement at `offset` and moves the offset behind it.
ScriptResult run_next(sqlite3* handle, std::string_view sql, std::size_t& offset,
                      TransactionControl control) {
  const auto rest = sql.substr(offset);
  const auto [code, statement, length] = compile(handle, rest, control);
  if (code != SQLITE_OK) {
    return std::unexpected(failure_at(handle, rest.substr(0, rest.find(';')), offset));
  }
  if (!statement) {
    return std::unexpected(ScriptError{{Errc::malformed, "text that is no statement"}, offset});
  }
  int step = SQLITE_ROW;
  while (step == SQLITE_ROW) step = sqlite3_step(statement.get());
  if (step != SQLITE_DONE) {
    return std::unexpected(failure_at(handle, rest.substr(0, length), offset));
  }
  offset += length;
  return {};
}

}  // namespace

ScriptResult run_script(Connection& connection, std::string_view sql, TransactionControl control) {
  sqlite3* const handle = connection.state_->handle.get();
  std::size_t completed = 0;
  for (std::size_t offset = skip_blank(sql, 0); offset < sql.size();
       offset = skip_blank(sql, offset)) {
    if (auto ran = run_next(handle, sql, offset, control); !ran) {
      ran.error().completed = completed;
      return ran;
    }
    ++completed;
  }
  return {};
}

}  // namespace coppice::db
