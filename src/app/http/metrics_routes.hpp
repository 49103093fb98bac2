#pragma once

#include <memory>
#include <string>

#include "app/metrics/exposition.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// `/metrics`, for Prometheus: for whoever has @p token, which must not be empty, as a bearer
/// token.
[[nodiscard]] net::http::Route metrics_route(std::shared_ptr<const metrics::Exposition> exposition,
                                             std::string token);

}  // namespace coppice::app::http
