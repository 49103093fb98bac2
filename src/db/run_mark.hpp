#pragma once

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::db {

/// A mark in the database's header (PRAGMA user_version) that says: a run is under way whose last
/// commits a power loss may take, as with Synchronous::normal. Whoever finds it there has not seen
/// that run end, and does not know of all positions that it gave out.
///
/// The mark itself is durable at once. A database whose user_version says something else of
/// somebody's own keeps that, and has no mark.

/// To be called before the first commit of a run. After one that has not ended it begins an epoch,
/// so that no position is given out twice, and tells so. With Synchronous::full, what is committed
/// stays: there is nothing to mark.
/// Errors: those of a write; internal inside a transaction. Thread: the connection's.
[[nodiscard]] actors::Result<bool> begin_run(Connection& connection, Synchronous synchronous);

/// After the last commit of a run: all of them are durable when it returns. Errors: as above.
[[nodiscard]] actors::Result<void> end_run(Connection& connection, Synchronous synchronous);

/// Marks the run anew, when the database's content has been exchanged meanwhile. Errors: as above.
[[nodiscard]] actors::Result<void> renew_run(Connection& connection, Synchronous synchronous);

}  // namespace coppice::db
