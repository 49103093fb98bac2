#pragma once

#include <memory>
#include <string>

#include "app/metrics/exposition.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// `/metrics`, for Prometheus: for whoever has @p token as a bearer token. Not there if it is
/// empty.
[[nodiscard]] net::http::Route metrics_route(std::shared_ptr<const metrics::Exposition> exposition,
                                             std::string token);

}  // namespace coppice::app::http
