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
/// restore, when another node takes over, or after a run whose last commits may be lost (see
/// run_mark.hpp).
struct Position {
  std::int64_t epoch = 0;     ///< Grows with each fork, and is unlike those of other histories.
  std::int64_t sequence = 0;  ///< Grows by one with each commit; an epoch doesn't reset it.

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// "1765357200123456.42": for ETags, tokens and logs.
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

/// Begins a new epoch, as part of the caller's transaction: the time in seconds, or the one after
/// the last epoch's if that is later, with six random digits behind. So later epochs are greater,
/// and histories that fork at the same point, even in the same second or by clocks that are behind,
/// get different ones: what was written in one that is lost is never taken for the other's. They
/// stay below 2^53, as clients that know no other numbers need it. The first epoch of a database,
/// and those that earlier releases began, have no random digits, and are less.
[[nodiscard]] actors::Result<Position> begin_epoch(Connection& connection);

}  // namespace coppice::db
