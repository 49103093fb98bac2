#pragma once

#include <vector>

#include "actors/result.hpp"
#include "app/config.hpp"
#include "app/tracing/tracer.hpp"
#include "net/http/plug.hpp"

namespace coppice::app::http {

/// What every request to this application passes, in this order.
///
/// @param tracer  Null: requests have no traces.
/// Errors: invalid_argument for origins that can't be parsed, which read_config() has refused.
[[nodiscard]] actors::Result<std::vector<net::http::Plug>> endpoint_plugs(
    const Config& config, tracing::TracerPtr tracer);

}  // namespace coppice::app::http
