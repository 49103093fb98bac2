#include "app/http/metrics_routes.hpp"

#include <utility>

#include "app/accounts/secret.hpp"
#include "app/http/bearer_token.hpp"

namespace coppice::app::http {
namespace {

using net::http::Request;
using net::http::Response;
using net::http::Status;

Response refused() {
  auto response = Response::error(Status::unauthorized,
                                  "metrics need METRICS_TOKEN as authorization: Bearer …");
  response.headers.add("www-authenticate", "Bearer");
  return response;
}

Response show(const metrics::Exposition& exposition, const std::string& token,
              const Request& request) {
  if (!accounts::equal_in_constant_time(bearer_token(request).value_or(""), token)) {
    return refused();
  }
  auto response = Response::text(Status::ok, exposition.text());
  response.headers.set("content-type", metrics::Exposition::kContentType);
  response.headers.set("cache-control", "no-store");
  return response;
}

}  // namespace

net::http::Route metrics_route(std::shared_ptr<const metrics::Exposition> exposition,
                               std::string token) {
  net::http::PlainHandler handler = [exposition = std::move(exposition),
                                     token = std::move(token)](const Request& request) {
    return show(*exposition, token, request);
  };
  return net::http::get("/metrics", std::move(handler),
                        {.summary = "Metrics, for Prometheus, if METRICS_TOKEN is set"});
}

}  // namespace coppice::app::http
