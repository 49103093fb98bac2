#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;

struct TableStats {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< Of its pages and those of its indexes.
};

/// What a database is made of.
struct DatabaseStats {
  std::int64_t page_size = 0;   ///< Bytes.
  std::int64_t pages = 0;       ///< Of the whole database, free ones included.
  std::int64_t free_pages = 0;  ///< What a VACUUM would give back.
  std::int64_t schema_version = 0;
  std::optional<Position> position;  ///< Nothing before the schema has one.
  std::vector<TableStats> tables;    ///< Largest first. Those of a search index are tables, too.
};

/// Reads the whole file, on one snapshot. Errors: those of reading; internal inside a transaction.
/// Thread: the connection's; blocks.
[[nodiscard]] actors::Result<DatabaseStats> read_stats(Connection& connection);

/// The highest migration that has run; 0 in a database without any.
[[nodiscard]] actors::Result<std::int64_t> read_schema_version(Connection& connection);

/// That of the snapshot; nothing while the schema has none.
[[nodiscard]] actors::Result<std::optional<Position>> find_position(Connection& connection);

}  // namespace coppice::db
