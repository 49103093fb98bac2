#include "app/admin/server_routes.hpp"

#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"

namespace coppice::app::admin {
namespace {

using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;
using ExpositionPtr = std::shared_ptr<const metrics::Exposition>;

Response metrics_text(const metrics::Exposition& exposition) {
  auto response = Response::text(Status::ok, exposition.text());
  response.headers.set("content-type", metrics::Exposition::kContentType);
  return response;
}

net::Awaitable<Response> read_metrics(std::shared_ptr<Work> work, ExpositionPtr exposition,
                                      RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto format = parameters.text("format");
  if (!format) co_return explained(format.error());
  if (!format->empty() && *format != "text" && *format != "json") {
    co_return explained(
        {actors::Errc::invalid_argument, "format is \"" + *format + "\"; accepted: text, json"});
  }
  Work::Job job = [exposition, json = *format == "json"] {
    return json ? Response::json(Status::ok, exposition->json()) : metrics_text(*exposition);
  };
  co_return co_await work->look(*request, std::move(job));
}

}  // namespace

net::http::Routes server_routes(std::shared_ptr<Work> work, ExpositionPtr exposition,
                                std::function<void()> stop) {
  return {
      net::http::get(
          "/v1/metrics",
          [work = std::move(work), exposition = std::move(exposition)](RequestPtr request) {
            return read_metrics(work, exposition, std::move(request));
          },
          described("The metrics, as Prometheus reads them",
                    {.query = {{"format", "text, or json (text)"}},
                     .answers = {in_text("What Prometheus reads."), in_json(schemas::metrics())}})),
      net::http::post(
          "/v1/server/stop",
          [stop = std::move(stop)](const net::http::Request& /*request*/) {
            stop();
            return Response::json(Status::accepted, R"({"ok":true})");
          },
          described("Ends the server, as SIGTERM does", {.answers = {in_json(schemas::done())}})),
  };
}

}  // namespace coppice::app::admin
