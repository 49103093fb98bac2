#include "db/script.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <sqlite3.h>

#include "db/connection.hpp"
#include "db/connection_state.hpp"
#include "db/sql_text.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;

namespace {

using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
using ScriptResult = std::expected<void, ScriptError>;

int refuse_transaction_control(void* /*context*/, int action, const char* /*first*/,
                               const char* /*second*/, const char* /*database*/,
                               const char* /*trigger*/) noexcept {
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH: return SQLITE_DENY;
    default: return SQLITE_OK;
  }
}

class TransactionControlRefused {
 public:
  explicit TransactionControlRefused(sqlite3* handle) noexcept : handle_(handle) {
    sqlite3_set_authorizer(handle_, &refuse_transaction_control, nullptr);
  }
  TransactionControlRefused(const TransactionControlRefused&) = delete;
  TransactionControlRefused& operator=(const TransactionControlRefused&) = delete;
  ~TransactionControlRefused() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

 private:
  sqlite3* handle_;
};

std::unexpected<ScriptError> failure_at(sqlite3* handle, std::string_view sql, std::size_t offset) {
  auto error = last_error(handle, sql);
  if (error.code == Errc::forbidden) {
    error.context = "a script takes no part in transactions and attaches nothing; statement: " +
                    abbreviate_sql(sql);
  }
  const int word = sqlite3_error_offset(handle);
  return std::unexpected(
      ScriptError{std::move(error), offset + static_cast<std::size_t>(std::max(word, 0))});
}

}  // namespace

ScriptResult run_script(Connection& connection, std::string_view sql) {
  sqlite3* const handle = connection.state_->handle.get();
  const TransactionControlRefused guard(handle);
  std::size_t offset = skip_blank(sql, 0);
  while (offset < sql.size()) {
    const auto rest = sql.substr(offset);
    sqlite3_stmt* compiled = nullptr;
    const char* tail = nullptr;
    const int code =
        sqlite3_prepare_v2(handle, rest.data(), static_cast<int>(rest.size()), &compiled, &tail);
    const StatementHandle statement(compiled);
    if (code != SQLITE_OK) return failure_at(handle, rest.substr(0, rest.find(';')), offset);
    const auto length = static_cast<std::size_t>(tail - rest.data());
    if (!statement) {
      return std::unexpected(ScriptError{{Errc::malformed, "text that is no statement"}, offset});
    }
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW) step = sqlite3_step(statement.get());
    if (step != SQLITE_DONE) return failure_at(handle, rest.substr(0, length), offset);
    offset = skip_blank(sql, offset + length);
  }
  return {};
}

}  // namespace coppice::db
