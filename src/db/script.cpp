#include "db/script.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>
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

// They change the connection, which outlives the script; and foreign_keys has no effect inside a
// transaction, so that a table which is dropped to be made anew would take others' rows with it.
constexpr std::array<std::string_view, 8> kConnectionPragmas{
    "foreign_keys",   "ignore_check_constraints", "legacy_alter_table",
    "query_only",     "recursive_triggers",       "synchronous",
    "trusted_schema", "writable_schema"};

bool ends_or_nests_transactions(int action) noexcept {
  return action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT;
}

// Pragmas are compared as they are written in SQL: without regard to case.
bool sets_connection_pragma(int action, const char* name, const char* value) noexcept {
  if (action != SQLITE_PRAGMA || value == nullptr) return false;
  return std::ranges::any_of(kConnectionPragmas, [name](std::string_view pragma) {
    return equal_ignoring_case(pragma, name);
  });
}

// Refuses statements while it lives, which is only while one is compiled: what VACUUM does when it
// runs would be refused otherwise.
class Refusal {
 public:
  Refusal(sqlite3* handle, TransactionControl control) noexcept
      : handle_(handle), inside_transaction_(control == TransactionControl::callers) {
    sqlite3_set_authorizer(handle_, &authorize, this);
  }
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;
  ~Refusal() { sqlite3_set_authorizer(handle_, nullptr, nullptr); }

  /// Empty when nothing was refused.
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  static int authorize(void* self, int action, const char* first, const char* second,
                       const char* /*database*/, const char* /*trigger*/) noexcept {
    auto& refusal = *static_cast<Refusal*>(self);
    const auto reason = refusal.reason_against(action, first, second);
    if (reason.empty()) return SQLITE_OK;
    refusal.reason_ = reason;
    return SQLITE_DENY;
  }

  [[nodiscard]] std::string_view reason_against(int action, const char* first,
                                                const char* second) const noexcept {
    if (action == SQLITE_ATTACH || action == SQLITE_DETACH) return "a script attaches no database";
    if (!inside_transaction_) return "";
    if (ends_or_nests_transactions(action)) return "the script is part of a transaction already";
    if (sets_connection_pragma(action, first, second)) {
      return "this pragma cannot be changed for a part of a transaction only";
    }
    return "";
  }

  sqlite3* handle_;
  bool inside_transaction_;
  std::string_view reason_;
};

struct Compiled {
  int code;
  StatementHandle statement;  // Null for text that is no statement.
  std::size_t length;         // Of its text.
  std::string_view refusal;   // Why it may not run; empty if it may.
};

Compiled compile(sqlite3* handle, std::string_view sql, TransactionControl control) {
  const Refusal refusal(handle, control);
  sqlite3_stmt* compiled = nullptr;
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &compiled, &tail);
  return {code, StatementHandle(compiled), static_cast<std::size_t>(tail - sql.data()),
          refusal.reason()};
}

ScriptError failure_at(sqlite3* handle, std::string_view sql, std::size_t offset) {
  const int word = sqlite3_error_offset(handle);
  return {last_error(handle, sql), offset + static_cast<std::size_t>(std::max(word, 0))};
}

ScriptError refused_at(std::string_view reason, std::string_view sql, std::size_t offset) {
  return {{Errc::forbidden, fmt::format("{}; statement: {}", reason, abbreviate_sql(sql))}, offset};
}

// Runs the statement at `offset` and moves the offset behind it.
ScriptResult run_next(sqlite3* handle, std::string_view sql, std::size_t& offset,
                      TransactionControl control) {
  const auto rest = sql.substr(offset);
  const auto [code, statement, length, refusal] = compile(handle, rest, control);
  if (code != SQLITE_OK) {
    const auto text = rest.substr(0, rest.find(';'));
    return std::unexpected(refusal.empty() ? failure_at(handle, text, offset)
                                           : refused_at(refusal, text, offset));
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
