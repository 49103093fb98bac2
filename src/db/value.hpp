#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "db/codec.hpp"
#include "db/statement.hpp"

namespace coppice::db {

/// Anything that SQLite stores: NULL, an integer, a real, text, a blob.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

/// Binds it to the parameter at @p position, counted from 1. Errors: those of Statement::bind.
[[nodiscard]] actors::Result<void> bind_value(Statement& statement, int position,
                                              const Value& value);

/// The current row's column, counted from 0, as what it is stored as.
[[nodiscard]] Value column_value(const Statement& row, int column);

/// Its bytes are those of the alternative that it holds; see codec.hpp.
void encode(Encoder& encoder, const Value& value);
void decode(Decoder& decoder, Value& value);

}  // namespace coppice::db
