#include "db/sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace coppice::db {

using actors::Errc;
using actors::Error;

namespace {

constexpr std::size_t kMaxQuotedSql = 160;

Errc errc_of_constraint(int extended_code) noexcept {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return Errc::conflict;
    default: return Errc::constraint;
  }
}

// Cutting elsewhere would leave broken UTF-8 in a log line.
bool starts_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

Errc errc_of_sqlite(int extended_code) noexcept {
  switch (extended_code & 0xff) {
    case SQLITE_CONSTRAINT: return errc_of_constraint(extended_code);
    case SQLITE_MISMATCH: return Errc::constraint;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return Errc::busy;
    case SQLITE_READONLY: return Errc::read_only;
    case SQLITE_FULL: return Errc::disk_full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return Errc::io_error;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::corrupt;
    case SQLITE_INTERRUPT: return Errc::cancelled;
    case SQLITE_TOOBIG: return Errc::too_large;
    case SQLITE_NOMEM: return Errc::system_limit;
    case SQLITE_AUTH:
    case SQLITE_PERM: return Errc::forbidden;
    case SQLITE_RANGE: return Errc::invalid_argument;
    default: return Errc::internal;  // Bad SQL above all: a bug of ours, or a schema not ours.
  }
}

std::string abbreviate_sql(std::string_view sql) {
  std::string line;
  for (const char c : sql) {
    if (line.size() >= kMaxQuotedSql && starts_character(c)) return line + "…";
    if (!is_blank(c)) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

Error sqlite_error(int extended_code, std::string_view text, std::string_view sql) {
  if (sql.empty()) return {errc_of_sqlite(extended_code), std::string(text)};
  return {errc_of_sqlite(extended_code),
          fmt::format("{}; statement: {}", text, abbreviate_sql(sql))};
}

Error last_error(sqlite3* handle, std::string_view sql) {
  return sqlite_error(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), sql);
}

}  // namespace coppice::db
