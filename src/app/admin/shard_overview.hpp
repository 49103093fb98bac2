#pragma once

#include <string>

#include "actors/runtime.hpp"
#include "app/metrics/shard_lag.hpp"

namespace coppice::app::admin {

/// {"shards": [{"shard", "busy", "lag_seconds", "actors", "waiting", "zombies", "late_replies",
/// "stuck"}], "stuck_threads", "blocking": {"queued", "running"}}: the threads that run actors.
///
/// "stuck" is null, or of a shard that has not come to what was put before it for a tenth of a
/// second {"seconds", "pid", "path", "actor", "message"}: for how long, and who holds it with what;
/// null where that is nobody's. Asks nobody. Thread: any.
[[nodiscard]] std::string shards_json(actors::Runtime& runtime, const metrics::ShardLag& lag);

}  // namespace coppice::app::admin
