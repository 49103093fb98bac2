#pragma once

#include <functional>
#include <utility>

#include "actors/task.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"

namespace coppice::db {

/// What came of sending a command to the node that is the primary.
struct Forwarded {
  CommandResult result;
  /// Nobody has run it, or nobody knows: send it again, with its idempotency key, to whoever is the
  /// primary then.
  bool may_try_again = false;
};

/// Sends a command to the primary, once, and waits for what comes of it. The command has an
/// idempotency key. Thread: a shard's.
using Forward = std::function<actors::Task<Forwarded>(Command command, actors::Duration timeout)>;

}  // namespace coppice::db
