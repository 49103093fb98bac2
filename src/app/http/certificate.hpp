#pragma once

#include "actors/result.hpp"
#include "app/config.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::app::http {

/// Has clients shown the certificate that the configuration names, if it names one, and the log
/// told of later ones. Errors: those of Certificates::load(), naming the variables.
[[nodiscard]] actors::Result<void> use_certificate(const HttpConfig& config,
                                                   net::server::HttpOptions& options);

}  // namespace coppice::app::http
