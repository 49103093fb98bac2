#pragma once

#include "app/config.hpp"
#include "app/parts.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app {

/// The tree of docs/architecture.md, in start order.
///
/// one_for_one, because nobody here needs a sibling's incarnation to stay: what parts share
/// (places, the hub, the roster) outlives them. So a crash of one costs the others nothing.
[[nodiscard]] supervisor::SupervisorSpec server_tree(actors::Runtime& runtime, const Config& config,
                                                     const Parts& parts);

}  // namespace coppice::app
