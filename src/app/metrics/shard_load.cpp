#include "app/metrics/shard_load.hpp"

#include <ctime>
#include <pthread.h>

namespace coppice::app::metrics {

/// The thread of a shard lives as long as the runtime, once it has begun.
std::optional<double> cpu_seconds(const actors::Shard& shard) {
  const auto thread = static_cast<pthread_t>(shard.native_thread());
  clockid_t clock{};
  timespec used{};
  if (thread == 0 || pthread_getcpuclockid(thread, &clock) != 0) return std::nullopt;
  if (clock_gettime(clock, &used) != 0) return std::nullopt;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::vector<ShardLoad> loads_of(const actors::Runtime& runtime) {
  std::vector<ShardLoad> loads(runtime.shard_count());
  for (const auto& actor : runtime.all_stats()) {
    if (actor.pid.shard() >= loads.size()) continue;
    auto& load = loads[actor.pid.shard()];
    ++load.actors;
    load.messages += actor.mailbox_depth;
  }
  return loads;
}

}  // namespace coppice::app::metrics
