#pragma once

#include <cstddef>
#include <functional>

#include "net/server/turned_away.hpp"

namespace coppice::app::http {

/// Logs each client that was turned away for want of room, with the id that its answer has; five in
/// ten seconds at the most, and how many that leaves out. Such a client has no line in the access
/// log, since it has asked nothing yet. Thread: a shard's.
[[nodiscard]] std::function<void(const net::server::Refusal&)> refusal_log();

/// Logs that idle connections have made room for others, once in ten seconds at the most. Thread: a
/// shard's.
[[nodiscard]] std::function<void(std::size_t)> room_log();

}  // namespace coppice::app::http
