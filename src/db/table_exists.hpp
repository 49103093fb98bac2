#pragma once

#include <string_view>

#include "db/query.hpp"

namespace coppice::db {

/// Whether the schema has a table of this name.
[[nodiscard]] inline actors::Result<bool> table_exists(Connection& connection,
                                                       std::string_view table) {
  const auto found = query_value<bool>(
      connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", table);
  if (!found) return std::unexpected(found.error());
  return **found;
}

}  // namespace coppice::db
