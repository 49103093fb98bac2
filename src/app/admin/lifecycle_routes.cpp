#include "app/admin/lifecycle_routes.hpp"

#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/route_docs.hpp"
#include "app/version.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

std::string drain_json(const Drain& drain) {
  return fmt::format(R"({{"draining":{},"connections":{}}})", drain.begun(),
                     drain.open_connections());
}

net::Awaitable<Response> begin_drain(std::shared_ptr<Work> work, std::shared_ptr<Drain> drain,
                                     RequestPtr request) {
  Work::Job job = [drain] {
    if (!drain->begun()) SPDLOG_INFO("an operator has the server take no new clients");
    drain->begin();
    return Response::json(Status::ok, drain_json(*drain));
  };
  co_return co_await work->look(*request, std::move(job));
}

}  // namespace

net::http::Routes lifecycle_routes(std::shared_ptr<Work> work, std::shared_ptr<Drain> drain,
                                   std::string config_json) {
  using net::http::get;
  return {
      get(
          "/v1/version",
          [](const Request& /*request*/) {
            return Response::json(Status::ok, fmt::format(R"({{"version":"{}"}})", kVersion));
          },
          described("The program's version", {.answers = {in_json(schemas::version())}})),
      get(
          "/v1/config",
          [json = std::make_shared<const std::string>(std::move(config_json))](
              const Request& /*request*/) { return Response::json(Status::ok, json); },
          described("Every variable of the configuration, with secrets masked",
                    {.answers = {in_json(schemas::configuration())}})),
      get(
          "/v1/server/drain",
          [drain](const Request& /*request*/) {
            return Response::json(Status::ok, drain_json(*drain));
          },
          described("Whether the server takes new clients, and how many are left",
                    {.answers = {in_json(schemas::drain())}})),
      net::http::post(
          "/v1/server/drain",
          [work = std::move(work), drain](RequestPtr request) {
            return begin_drain(work, drain, std::move(request));
          },
          described("Takes no new clients, and has those that are there finish",
                    {.answers = {in_json(schemas::drain())}})),
  };
}

}  // namespace coppice::app::admin
