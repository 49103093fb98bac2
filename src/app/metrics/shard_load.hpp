#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/runtime.hpp"
#include "actors/shard.hpp"

namespace coppice::app::metrics {

/// CPU time of a shard's thread; nothing before it has begun. Thread: any, while the runtime lives.
[[nodiscard]] std::optional<double> cpu_seconds(const actors::Shard& shard);

struct ShardLoad {
  std::size_t actors = 0;      ///< That live there.
  std::uint64_t messages = 0;  ///< That wait for them.
};

/// Of each shard, without those of actors with a thread of their own. Asks nobody. Thread: any.
[[nodiscard]] std::vector<ShardLoad> loads_of(const actors::Runtime& runtime);

}  // namespace coppice::app::metrics
