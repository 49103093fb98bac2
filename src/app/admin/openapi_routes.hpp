#pragma once

#include <string>

#include "net/http/route.hpp"

namespace coppice::app::admin {

/// @p routes, and /v1/openapi.json beside them, which describes all of them and itself.
[[nodiscard]] net::http::Routes with_description(net::http::Routes routes);

/// The OpenAPI 3.1 document of the admin API, out of what routes say of themselves; see RouteDocs.
[[nodiscard]] std::string admin_openapi(const net::http::Routes& routes);

}  // namespace coppice::app::admin
