#pragma once

#include <memory>

#include "app/long_work.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What long work is under way, and how far it is. Waits for nobody.
[[nodiscard]] net::http::Routes work_routes(std::shared_ptr<const LongWork> work);

}  // namespace coppice::app::admin
