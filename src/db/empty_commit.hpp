#pragma once

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::db {

/// A commit that changes nothing, to see whether one succeeds. Its frame in the log takes the place
/// of the first one that a failed commit may have left, and the rest of those no longer follows
/// from it. Errors: those of a write. Thread: the connection's.
[[nodiscard]] actors::Result<void> commit_nothing(Connection& connection);

}  // namespace coppice::db
