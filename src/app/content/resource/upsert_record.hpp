#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/content/change.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

/// Records that come from elsewhere, as from a folder. They are found by the field that names them.
namespace coppice::app::content {

/// What an upsert of the record, with all of its columns, would do now. Writes nothing.
/// Thread: that of @p db.
[[nodiscard]] actors::Result<Change> compare_record(db::Connection& db, const Table& table,
                                                    const Record& record,
                                                    const std::vector<std::string>& tags);

/// Brings it into the database; nothing at all is written when that holds exactly this already.
/// Errors: those of the statements; conflict when another record has a value that is unique.
/// Thread: that of @p db, inside a transaction.
[[nodiscard]] actors::Result<Change> upsert_record(db::Connection& db, const Table& table,
                                                   const Record& record,
                                                   const std::vector<std::string>& tags);

}  // namespace coppice::app::content
