#pragma once

#include <memory>
#include <vector>

#include "app/admin/control.hpp"
#include "net/http/router.hpp"

namespace coppice::app::admin {

/// The operators' HTTP API, version 1; see docs/admin.md.
[[nodiscard]] std::vector<net::http::Route> admin_routes(std::shared_ptr<Control> control);

}  // namespace coppice::app::admin
