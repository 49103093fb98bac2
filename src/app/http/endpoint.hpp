#pragma once

#include <vector>

#include "actors/result.hpp"
#include "app/config.hpp"
#include "net/http/plug.hpp"

namespace coppice::app::http {

/// What every request to this application passes, in this order.
///
/// Errors: invalid_argument for origins that can't be parsed, which read_config() has refused.
[[nodiscard]] actors::Result<std::vector<net::http::Plug>> endpoint_plugs(const Config& config);

}  // namespace coppice::app::http
