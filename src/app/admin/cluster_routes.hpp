#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/admin/actor_control.hpp"
#include "app/admin/work.hpp"
#include "app/cluster/node.hpp"
#include "app/cluster/status.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What tells of this node and the others.
struct NodesParts {
  actors::Runtime& runtime;
  cluster::ClusterParts cluster;
  std::string name;  ///< This node's.
  std::function<cluster::Status()> status;
  std::shared_ptr<ActorControl> control;
};

/// The nodes, and the actor trees of all of them.
[[nodiscard]] net::http::Routes cluster_routes(std::shared_ptr<Work> work, NodesParts parts);

}  // namespace coppice::app::admin
