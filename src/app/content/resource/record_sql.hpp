#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/result.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// Inserts a row with these columns and both timestamps, and gives its id.
/// Errors: those of the statement. Thread: that of @p db, inside a transaction; so below.
[[nodiscard]] actors::Result<std::int64_t> insert_row(db::Connection& db, const Table& table,
                                                      const Record& record);

/// Sets these columns, which may be none, and `updated_at`.
[[nodiscard]] actors::Result<void> update_row(db::Connection& db, const Table& table,
                                              const Record& changes, std::int64_t id);

/// Binds the record's values to the parameters from 1 on, in their order.
[[nodiscard]] actors::Result<void> bind_record(db::Statement& statement, const Record& record);

}  // namespace coppice::app::content
