#include "app/http/endpoint.hpp"

#include <utility>

#include <fmt/format.h>

#include "app/http/read_your_writes.hpp"
#include "app/http/routes.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/plugs/compress.hpp"
#include "net/http/plugs/cors.hpp"
#include "net/http/plugs/forwarded.hpp"
#include "net/http/plugs/https.hpp"
#include "net/http/plugs/rate_limit.hpp"
#include "net/http/plugs/request_id.hpp"
#include "net/http/plugs/security_headers.hpp"

namespace coppice::app::http {

actors::Result<std::vector<net::http::Plug>> endpoint_plugs(const Config& config,
                                                            tracing::TracerPtr tracer) {
  using namespace net::http::plugs;  // NOLINT(google-build-using-namespace): all of them
  CorsOptions sharing{.origins = config.cors_origins, .left_alone = {std::string(kLongPollPath)}};
  if (config.litefs.is_used()) {
    sharing.exposed += fmt::format(", {}, {}", kPositionHeader, kReadHeader);
  }
  auto cross_origin = cors(std::move(sharing));
  if (!cross_origin) return std::unexpected(cross_origin.error());

  std::vector<net::http::Plug> plugs;
  plugs.push_back(request_id());
  plugs.push_back(tracer ? tracing::trace_requests(std::move(tracer)) : tracing::pass_traces_on());
  plugs.push_back(forwarded(
      {.trusted = config.http.trusted_proxies, .header = config.http.client_address_header}));
  plugs.push_back(security_headers());
  if (config.http.force_ssl) {
    plugs.push_back(https_only({.host = config.host, .exempt = {"/api/health", "/health"}}));
  }
  plugs.push_back(*std::move(cross_origin));
  if (config.http.rate_limit > 0) {
    const net::RateLimiter::Options options{
        .per_second = static_cast<double>(config.http.rate_limit),
        .burst = static_cast<double>(config.http.rate_limit_burst)};
    plugs.push_back(rate_limit(std::make_shared<net::RateLimiter>(options)));
  }
  plugs.push_back(compress());
  return plugs;
}

}  // namespace coppice::app::http
