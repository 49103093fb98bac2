#pragma once

#include <string>
#include <vector>

#include "actors/time.hpp"
#include "app/cluster/link.hpp"
#include "app/cluster/members.hpp"

namespace coppice::app::admin {

/// This node and the others, as JSON: `{"node", "link", "nodes": [{"node", "here", "state", …}]}`.
/// @param here  This node, as if it had been heard just now.
/// @param link  How it reaches the others; null where there are none.
[[nodiscard]] std::string node_list_json(const cluster::Member& here,
                                         const std::vector<cluster::Member>& others,
                                         const cluster::LinkParts* link);

}  // namespace coppice::app::admin
