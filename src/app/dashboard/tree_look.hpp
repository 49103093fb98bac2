#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "actors/place.hpp"
#include "actors/runtime.hpp"
#include "app/dashboard/history.hpp"

namespace coppice::app::dashboard {

/// One actor of the tree as it was when it was looked at.
struct SeenActor {
  actors::Place::Snapshot place;
  std::optional<actors::ActorStats> stats;  ///< Of the incarnation that lives there.
  std::uint32_t depth = 0;                  ///< Below the root.
  std::uint32_t children = 0;               ///< Of a dynamic supervisor.
};

/// The tree from the root down, parents first, at most @p most actors. The children of dynamic
/// supervisors, of which there may be thousands, are counted only. Asks no actor and does not
/// block.
///
/// Thread: any.
[[nodiscard]] std::vector<SeenActor> look_at_tree(const actors::Runtime& runtime, std::size_t most);

/// What the history keeps of them.
[[nodiscard]] std::vector<Reading> readings_of(const std::vector<SeenActor>& actors);

}  // namespace coppice::app::dashboard
