#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {

class Connection;

/// The point in a database's history that one commit made.
///
/// It is kept in the database, so it travels with the data to replicas and into backups. Positions
/// of one database are ordered. A new epoch begins when the history may have forked: after a
/// restore, or when another node takes over.
struct Position {
  std::int64_t epoch = 0;     ///< Grows with each fork; no meaning beyond its order.
  std::int64_t sequence = 0;  ///< Grows by one with each commit; an epoch doesn't reset it.

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// "1765357200.42": for ETags, tokens and logs.
[[nodiscard]] std::string to_string(Position position);

/// Reads what to_string() wrote. Errors: malformed.
[[nodiscard]] actors::Result<Position> parse_position(std::string_view text);

/// The position of the snapshot that the connection reads.
/// Errors: unavailable before the migration that creates the table has run; corrupt without its
/// row.
[[nodiscard]] actors::Result<Position> read_position(Connection& connection);

/// Moves on to the next sequence number, as part of the caller's transaction.
/// Errors: as above, and those of a write.
[[nodiscard]] actors::Result<Position> advance_position(Connection& connection);

/// Begins a new epoch, as part of the caller's transaction. Epochs follow the clock, so that two
/// histories that forked from one backup get different ones.
[[nodiscard]] actors::Result<Position> begin_epoch(Connection& connection);

}  // namespace coppice::db
