#pragma once

#include <memory>

#include "app/admin/control.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The operators' HTTP API, version 1; see docs/admin.md.
[[nodiscard]] net::http::Routes admin_routes(std::shared_ptr<Control> control);

}  // namespace coppice::app::admin
