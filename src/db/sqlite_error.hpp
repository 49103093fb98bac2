#pragma once

#include <string_view>

#include "actors/result.hpp"

struct sqlite3;

namespace coppice::db {

/// What an (extended) SQLite result code means to a caller.
[[nodiscard]] actors::Errc errc_of_sqlite(int extended_code) noexcept;

/// An error of `code` that carries SQLite's own text and the start of the statement, if any.
[[nodiscard]] actors::Error sqlite_error(int extended_code, std::string_view text,
                                         std::string_view sql);

/// The error of the call on `handle` that failed last.
[[nodiscard]] actors::Error last_error(sqlite3* handle, std::string_view sql);

/// The start of a statement on one line, short enough for a message.
[[nodiscard]] std::string abbreviate_sql(std::string_view sql);

}  // namespace coppice::db
