#include "db/statement.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

#include "db/sqlite_error.hpp"
#include "db/statement_cache.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

Statement::Statement(StatementCache& cache, std::unique_ptr<PreparedStatement> prepared) noexcept
    : cache_(&cache), prepared_(std::move(prepared)) {}

Statement::Statement(Statement&& other) noexcept = default;

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  cache_ = other.cache_;
  prepared_ = std::move(other.prepared_);
  finished_ = other.finished_;
  return *this;
}

Statement::~Statement() { give_back(); }

void Statement::give_back() noexcept {
  if (!prepared_) return;
  reset();
  cache_->release(std::move(prepared_));
}

void Statement::reset() noexcept {
  sqlite3_reset(prepared_->handle.get());
  sqlite3_clear_bindings(prepared_->handle.get());
  finished_ = false;
}

Result<bool> Statement::step() {
  if (finished_) return false;
  const int code = sqlite3_step(prepared_->handle.get());
  if (code == SQLITE_ROW) return true;
  finished_ = true;
  if (code == SQLITE_DONE) return false;
  auto error = last_error(sqlite3_db_handle(prepared_->handle.get()), prepared_->sql);
  sqlite3_reset(prepared_->handle.get());  // A failed statement holds no locks.
  return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

int Statement::parameter_count() const noexcept {
  return sqlite3_bind_parameter_count(prepared_->handle.get());
}

int Statement::column_count() const noexcept {
  return sqlite3_column_count(prepared_->handle.get());
}

std::string_view Statement::column_name(int column) const {
  if (column < 0 || column >= column_count()) {
    throw std::out_of_range(fmt::format("no column {} in: {}", column, sql()));
  }
  return sqlite3_column_name(prepared_->handle.get(), column);
}

std::string_view Statement::sql() const noexcept { return prepared_->sql; }

void Statement::require_column(int column) const {
  if (column >= 0 && column < sqlite3_data_count(prepared_->handle.get())) return;
  throw std::out_of_range(fmt::format("no row, or no column {}, in: {}", column, sql()));
}

ColumnType Statement::type(int column) const {
  require_column(column);
  switch (sqlite3_column_type(prepared_->handle.get(), column)) {
    case SQLITE_INTEGER: return ColumnType::integer;
    case SQLITE_FLOAT: return ColumnType::real;
    case SQLITE_TEXT: return ColumnType::text;
    case SQLITE_BLOB: return ColumnType::blob;
    default: return ColumnType::null;
  }
}

bool Statement::is_null(int column) const {
  require_column(column);
  return sqlite3_column_type(prepared_->handle.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  require_column(column);
  return sqlite3_column_int64(prepared_->handle.get(), column);
}

double Statement::real(int column) const {
  require_column(column);
  return sqlite3_column_double(prepared_->handle.get(), column);
}

std::string_view Statement::text(int column) const {
  require_column(column);
  // The text call comes first: it converts, and only then the byte count is that of the text.
  const auto* data = sqlite3_column_text(prepared_->handle.get(), column);
  const int size = sqlite3_column_bytes(prepared_->handle.get(), column);
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

BlobView Statement::blob(int column) const {
  require_column(column);
  const void* data = sqlite3_column_blob(prepared_->handle.get(), column);
  const int size = sqlite3_column_bytes(prepared_->handle.get(), column);
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

Result<int> Statement::position_of(std::string_view name) const {
  const int position =
      sqlite3_bind_parameter_index(prepared_->handle.get(), std::string(name).c_str());
  if (position > 0) return position;
  return fail(Errc::invalid_argument,
              fmt::format("no parameter named {} in: {}", name, abbreviate_sql(sql())));
}

Result<void> Statement::require_parameter_count(std::size_t count) const {
  if (static_cast<std::size_t>(parameter_count()) == count) return {};
  return fail(Errc::invalid_argument, fmt::format("{} values for {} parameters; statement: {}",
                                                  count, parameter_count(), abbreviate_sql(sql())));
}

Result<void> Statement::bound(int code) const {
  if (code == SQLITE_OK) return {};
  return std::unexpected(last_error(sqlite3_db_handle(prepared_->handle.get()), prepared_->sql));
}

Result<void> Statement::bind_null(int position) {
  return bound(sqlite3_bind_null(prepared_->handle.get(), position));
}

Result<void> Statement::bind_integer(int position, std::int64_t value) {
  return bound(sqlite3_bind_int64(prepared_->handle.get(), position, value));
}

Result<void> Statement::bind_unsigned(int position, std::uint64_t value) {
  if (!std::in_range<std::int64_t>(value)) {
    return fail(Errc::invalid_argument,
                fmt::format("{} does not fit SQLite's 64-bit signed integer", value));
  }
  return bind_integer(position, static_cast<std::int64_t>(value));
}

Result<void> Statement::bind_real(int position, double value) {
  return bound(sqlite3_bind_double(prepared_->handle.get(), position, value));
}

Result<void> Statement::bind_text(int position, std::string_view value, Keep keep) {
  // A null pointer would bind NULL, which an empty text is not.
  const char* data = value.data() == nullptr ? "" : value.data();
  return bound(sqlite3_bind_text64(prepared_->handle.get(), position, data, value.size(),
                                   keep == Keep::copy ? SQLITE_TRANSIENT : SQLITE_STATIC,
                                   SQLITE_UTF8));
}

Result<void> Statement::bind_blob(int position, BlobView value, Keep keep) {
  if (value.empty()) {
    return bound(sqlite3_bind_zeroblob(prepared_->handle.get(), position, 0));
  }
  return bound(sqlite3_bind_blob64(prepared_->handle.get(), position, value.data(), value.size(),
                                   keep == Keep::copy ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

}  // namespace coppice::db
