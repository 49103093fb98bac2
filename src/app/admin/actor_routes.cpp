#include "app/admin/actor_routes.hpp"

#include <string>
#include <utility>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using ControlPtr = std::shared_ptr<ActorControl>;
using WorkPtr = std::shared_ptr<Work>;
using Action = Result<void> (ActorControl::*)(const std::string& path);
using Run = Awaitable<Response> (Work::*)(const net::http::Request& request, Work::Job job);

Result<std::string> path_of(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  return required(parameters, "path");
}

Result<supervisor::DynamicChildren> dynamic_children(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  const auto children = parameters.text("children");
  if (!children) return std::unexpected(children.error());
  if (children->empty() || *children == "all") return supervisor::DynamicChildren::walked;
  if (*children == "count") return supervisor::DynamicChildren::counted;
  return actors::fail(actors::Errc::invalid_argument,
                      "children is \"" + *children + "\"; accepted: count, all");
}

Response answer_tree(const ActorControl& control, const net::http::Request& request) {
  const auto dynamic = dynamic_children(request);
  if (!dynamic) return Response::error(dynamic.error());
  return Response::json(net::http::Status::ok, control.tree(*dynamic));
}

Awaitable<Response> actor(WorkPtr work, ControlPtr control, RequestPtr request) {
  const auto path = path_of(*request);
  if (!path) co_return Response::error(path.error());
  Work::Job job = [control, path = *path] { return answered(control->inspect(path)); };
  co_return co_await work->look(*request, std::move(job));
}

Awaitable<Response> act(WorkPtr work, ControlPtr control, Run run, Action action,
                        RequestPtr request) {
  const auto path = path_of(*request);
  if (!path) co_return Response::error(path.error());
  Work::Job job = [control, action, path = *path] { return done(((*control).*action)(path)); };
  co_return co_await ((*work).*run)(*request, std::move(job));
}

net::http::RouteOptions at_path(std::string summary, boost::json::object answer = schemas::done()) {
  return described(std::move(summary),
                   {.query = {{"path", "a place in the tree: /database/writer", true}},
                    .answers = {in_json(std::move(answer))}});
}

}  // namespace

net::http::Routes actor_routes(std::shared_ptr<Work> work, std::shared_ptr<ActorControl> control) {
  using net::http::get;
  using net::http::post;
  const auto action = [work, control](Run run, Action what) -> net::http::Handler {
    return [work, control, run, what](RequestPtr request) {
      return act(work, control, run, what, std::move(request));
    };
  };
  return {
      get(
          "/v1/tree",
          [control](const net::http::Request& request) { return answer_tree(*control, request); },
          described("All actors, as a tree",
                    {.query = {{"children",
                                "count has the number of a dynamic supervisor's children in their "
                                "place, all each of them (all)"}},
                     .answers = {in_json(schemas::actor_tree())}})),
      get(
          "/v1/actor",
          [work, control](RequestPtr request) { return actor(work, control, std::move(request)); },
          described(
              "One actor in detail",
              {.query = {{"path",
                          "a place in the tree, or the pid of who lives in one: /database/writer, "
                          "<0.7.1>",
                          true}},
               .answers = {in_json(schemas::actor_in_detail())}})),
      post("/v1/restart", action(&Work::order, &ActorControl::restart),
           at_path("Stops an actor and starts it again")),
      post("/v1/stop", action(&Work::order, &ActorControl::stop),
           at_path("Stops an actor until it is restarted")),
      post("/v1/kill", action(&Work::look, &ActorControl::kill),
           at_path("Ends an actor at once; its supervisor starts it again")),
      post("/v1/suspend", action(&Work::question, &ActorControl::suspend),
           at_path("Lets an actor handle no messages")),
      post("/v1/resume", action(&Work::question, &ActorControl::resume),
           at_path("Lets a suspended actor go on")),
      post("/v1/crash", action(&Work::look, &ActorControl::crash),
           at_path("Makes an actor crash, outside production: a drill")),
  };
}

}  // namespace coppice::app::admin
