#pragma once

#include "actors/place.hpp"
#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "db/connection.hpp"
#include "net/http/response.hpp"

namespace coppice::app::http {

/// Whether everybody in the tree is at work whom requests need: all but jobs, which nobody waits
/// for, and the children of dynamic supervisors, which come and go.
///
/// Errors: unavailable, naming the first place that is not running. Thread: any; doesn't block.
[[nodiscard]] actors::Result<void> check_tree(const actors::Runtime& runtime);

/// Reads a row from the file itself, rather than from what the connection still has in memory.
///
/// Errors: those of the statements. Thread: that of @p connection.
[[nodiscard]] actors::Result<void> check_file(db::Connection& connection);

}  // namespace coppice::app::http
