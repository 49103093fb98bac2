#include "app/http/api.hpp"

#include <chrono>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "actors/shard.hpp"
#include "app/http/answers.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/health.hpp"
#include "app/http/json_schema.hpp"
#include "app/replication_json.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::http {
namespace {

using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr auto kHealthTimeout = std::chrono::seconds(1);

Response alive(const net::http::Request& /*request*/) {
  static const auto kBody =
      std::make_shared<const std::string>(R"({"status":"ok","app":"coppice"})");
  return Response::json(Status::ok, kBody);
}

// Readiness and the tree explain themselves for whoever asks; a statement's error is for the log.
std::string reason_of(const actors::Error& error) {
  const bool says_where = error.code == actors::Errc::unavailable;
  return says_where ? error.message() : std::string(to_string(error.code));
}

Result<void> check_writes(const ApiContext& context) {
  const auto taken = context.database.check_writes();
  if (taken || taken.error() != actors::Errc::disk_full) return taken;
  return actors::fail(actors::Errc::unavailable, "there is too little free space for writes");
}

boost::json::object verdict(const Result<void>& check) {
  boost::json::object out{{"status", check ? "pass" : "fail"}};
  if (!check) out["reason"] = reason_of(check.error());
  return out;
}

Result<void> check_application(const ApiContext& context) {
  if (context.draining) return actors::fail(actors::Errc::shutting_down);
  if (auto ready = context.database.readiness().check(); !ready) return ready;
  return check_tree(actors::Shard::current()->runtime());
}

struct Checks {
  Result<void> database;
  Result<void> application;
  Result<void> writes;

  [[nodiscard]] bool healthy() const { return database && application; }
  /// A server that only reads is of use: it must not be taken out of service for that.
  [[nodiscard]] std::string_view status() const {
    if (!healthy()) return "unhealthy";
    return writes ? "healthy" : "degraded";
  }
};

Awaitable<Response> health(Context context, RequestPtr request) {
  Checks checks;
  checks.database = co_await context->database.async_read(check_file, kHealthTimeout, kAwait);
  checks.application = check_application(*context);
  checks.writes = check_writes(*context);
  boost::json::object body{
      {"status", checks.status()},
      {"timestamp", utc_time(std::chrono::system_clock::now())},
      {"version", context->version},
      {"region", context->region},
      {"checks", boost::json::object{{"database", verdict(checks.database)},
                                     {"application", verdict(checks.application)},
                                     {"writes", verdict(checks.writes)}}}};
  if (context->database.replication().is_replicated()) {
    body["replication"] = replication_json(context->database, actors::Shard::current()->now());
  }
  if (!checks.healthy() && !context->draining) {
    report_failure(*context, *request,
                   checks.database ? checks.application.error() : checks.database.error());
  }
  co_return Response::json(checks.healthy() ? Status::ok : Status::service_unavailable,
                           boost::json::serialize(body));
}

Operation health_operation() {
  using boost::json::object;
  object schema =
      json_schema::record({{"status", json_schema::text()}, {"app", json_schema::text()}});
  Operation operation;
  operation.object["operationId"] = "health";
  operation.object["responses"] = answers("200", json_answer("It is.", std::move(schema)), {});
  return operation;
}

Operation checks_operation() {
  using boost::json::object;
  using json_schema::one_of;
  using json_schema::record;
  using json_schema::text;
  const object verdict =
      record({{"status", one_of({"pass", "fail"})}, {"reason", text()}}, {"reason"});
  const object schema = record(
      {{"status", one_of({"healthy", "degraded", "unhealthy"})},
       {"timestamp", json_schema::time()},
       {"version", text()},
       {"region", text()},
       {"checks", record({{"database", verdict}, {"application", verdict}, {"writes", verdict}})},
       {"replication", replication_schema()}},
      {"replication"});
  Operation operation;
  operation.object["operationId"] = "checks";
  object responses =
      answers("200", json_answer("It serves: all of it, or reads alone.", schema), {});
  responses["503"] = json_answer("A part fails; the answer says which.", schema);
  operation.object["responses"] = std::move(responses);
  return operation;
}

}  // namespace

net::http::Routes health_routes(const std::shared_ptr<const ApiContext>& context) {
  using net::http::get;
  return {
      get("/api/health", alive,
          {.summary = "Whether the server is there; for load balancers",
           .docs = health_operation()}),
      get("/health", with(context, health),
          {.summary = "Whether the server's parts are well", .docs = checks_operation()}),
  };
}

}  // namespace coppice::app::http
