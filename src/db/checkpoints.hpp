#pragma once

#include <cstdint>
#include <optional>

#include "actors/result.hpp"

namespace coppice::db {

struct ConnectionState;

/// What became of a connection's checkpoints: bringing the write-ahead log's pages into the
/// database, which is tried after each commit as long as the log has many.
struct Checkpoints {
  std::uint64_t complete = 0;
  std::uint64_t partial = 0;  ///< Somebody reads what was before, or does one as well.
  std::uint64_t failed = 0;   ///< The log grows until one succeeds.
  /// What the log holds. It begins anew with a commit that finds all pages in the database, and
  /// nobody who reads from the log.
  std::uint64_t log_pages = 0;
  std::optional<actors::Error> error{};  ///< Of the last one, if it failed.
};

/// SQLite's own checkpoints keep their failures to themselves: has the connection do as many, and
/// note them.
void watch_checkpoints(ConnectionState& connection);

}  // namespace coppice::db
