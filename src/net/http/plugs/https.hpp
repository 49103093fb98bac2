#pragma once

#include <string>
#include <vector>

#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

struct HttpsOptions {
  std::string host{};                 ///< Where to redirect to; empty for the host that was asked.
  std::vector<std::string> exempt{};  ///< Paths that are answered by HTTP, too: health checks.
  std::string hsts = "max-age=31536000";  ///< For HTTPS answers; empty for none.
};

/// Sends clients that a proxy says came by plain HTTP (`x-forwarded-proto: http`) to HTTPS, and
/// tells browsers to come by it from then on. A request of which no proxy says anything is answered
/// as it is: where a proxy drops the header, a redirect would never end. Anybody may send the
/// header; it concerns only his own answer. For the endpoint.
[[nodiscard]] Plug https_only(HttpsOptions options);

}  // namespace coppice::net::http::plugs
