#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/admin/work.hpp"
#include "app/drain.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The server's version and configuration, and how it comes to its end.
/// @param config_json  What config_json() says of the environment that the server started with.
[[nodiscard]] net::http::Routes lifecycle_routes(std::shared_ptr<Work> work,
                                                 std::shared_ptr<Drain> drain,
                                                 std::string config_json);

}  // namespace coppice::app::admin
