#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/result.hpp"
#include "db/command.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;

/// Idempotency keys: a command that is sent twice with one key runs once, and the second caller
/// gets what the first one got, with the first one's position, or a later one if that is of an
/// earlier epoch. What a key stands for is kept in
/// `coppice_idempotency_keys`, in the command's own transaction, so neither can exist alone.
///
/// A command that failed has changed nothing and leaves no trace: sent again, it runs again.
/// Keys are kept for a day (see Housekeeper).
///
/// Thread: that of the connection, inside a transaction.

inline constexpr std::size_t kLongestIdempotencyKey = 255;

/// What the command's key stands for already; nothing for a new one.
/// Errors: conflict when it stands for another command or other arguments; too_large for a key of
/// more than kLongestIdempotencyKey bytes.
[[nodiscard]] actors::Result<std::optional<CommandReply>> find_earlier_reply(
    Connection& connection, const Command& command);

/// Keeps what the command's key stands for from now on.
[[nodiscard]] actors::Result<void> remember_reply(Connection& connection, const Command& command,
                                                  const CommandReply& reply);

/// Forgets keys that were first used before a point in time, in seconds since 1970: the oldest, and
/// at the most @p most of them. Gives the number of those forgotten.
[[nodiscard]] actors::Result<std::int64_t> forget_replies(Connection& connection,
                                                          std::int64_t before, std::int64_t most);

}  // namespace coppice::db
