#pragma once

#include <memory>

#include "app/logging.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The last lines of the log, those that come, and which are written at all.
[[nodiscard]] net::http::Routes log_routes(std::shared_ptr<Log> log);

}  // namespace coppice::app::admin
