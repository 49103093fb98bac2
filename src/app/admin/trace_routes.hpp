#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// One actor's messages as it handles them, for a while.
[[nodiscard]] net::http::Routes trace_routes(std::shared_ptr<Work> work, actors::Runtime& runtime);

}  // namespace coppice::app::admin
