#pragma once

#include <memory>

#include "app/admin/actor_control.hpp"
#include "app/admin/work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The tree, one actor, and orders to one.
[[nodiscard]] net::http::Routes actor_routes(std::shared_ptr<Work> work,
                                             std::shared_ptr<ActorControl> control);

}  // namespace coppice::app::admin
