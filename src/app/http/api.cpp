#include "app/http/api.hpp"

#include <chrono>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/spdlog.h>

#include "actors/shard.hpp"
#include "app/content/list_request.hpp"
#include "app/content/read_posts.hpp"
#include "app/content/search.hpp"
#include "app/http/health.hpp"
#include "app/http/query_parameters.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::http {
namespace {

using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;
using Context = std::shared_ptr<const ApiContext>;

constexpr auto kReadTimeout = std::chrono::seconds(5);
constexpr auto kHealthTimeout = std::chrono::seconds(1);
constexpr std::size_t kLongestRequestId = 200;
constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

// -- failures ------------------------------------------------------------------------------------

std::string request_id(const net::http::Request& request) {
  const auto id = request.header("x-request-id");
  return id ? " (request " + std::string(id->substr(0, kLongestRequestId)) + ")" : std::string();
}

void report(const ApiContext& context, const net::http::Request& request,
            const actors::Error& error) {
  const auto left_out = context.failure_log->admit(actors::Shard::current()->now());
  if (!left_out) return;
  spdlog::error("{} {} failed: {}{}", to_string(request.method), request.path, error.message(),
                request_id(request));
  if (*left_out > 0) spdlog::error("{} more failed requests were not logged", *left_out);
}

/// The answer to a well-formed request that got no result: the log is told why, the client is not.
Response failed(const ApiContext& context, const net::http::Request& request,
                const actors::Error& error) {
  report(context, request, error);
  return Response::server_error(error);
}

// -- health --------------------------------------------------------------------------------------

Response alive(const net::http::Request& /*request*/) {
  return Response::json(Status::ok, R"({"status":"ok","app":"coppice"})");
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
  const boost::json::object body{
      {"status", checks.status()},
      {"timestamp", utc_time(std::chrono::system_clock::now())},
      {"version", context->version},
      {"region", context->region},
      {"checks", boost::json::object{{"database", verdict(checks.database)},
                                     {"application", verdict(checks.application)},
                                     {"writes", verdict(checks.writes)}}}};
  if (!checks.healthy() && !context->draining) {
    report(*context, *request,
           checks.database ? checks.application.error() : checks.database.error());
  }
  co_return Response::json(checks.healthy() ? Status::ok : Status::service_unavailable,
                           boost::json::serialize(body));
}

// -- content -------------------------------------------------------------------------------------

Response answer(const ApiContext& context, const net::http::Request& request,
                Result<std::string> body) {
  if (!body) return failed(context, request, body.error());
  return Response::json(Status::ok, std::move(*body));
}

Result<int> limit_of(const QueryParameters& parameters) {
  const auto written = parameters.text("limit");
  if (!written) return std::unexpected(written.error());
  return content::parse_limit(*written);
}

Result<content::PostListRequest> list_request(const net::http::Request& request) {
  const QueryParameters parameters(request);
  if (auto served = parameters.refuse({"q", "sort"}); !served) {
    return std::unexpected(served.error());
  }
  const auto limit = limit_of(parameters);
  if (!limit) return std::unexpected(limit.error());
  auto cursor = parameters.text("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  auto tags = parameters.texts("tag");
  if (!tags) return std::unexpected(tags.error());
  content::PostListRequest wanted{
      .limit = *limit, .cursor = std::move(*cursor), .tags = std::move(*tags)};
  if (auto valid = content::validate(wanted); !valid) return std::unexpected(valid.error());
  return wanted;
}

Awaitable<Response> list_posts(Context context, RequestPtr request) {
  auto wanted = list_request(*request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [wanted = std::move(*wanted)](db::Connection& connection) {
    return content::list_posts(connection, wanted);
  };
  auto body = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  co_return answer(*context, *request, std::move(body));
}

Awaitable<Response> show_post(Context context, RequestPtr request) {
  auto read = [slug = std::string(request->path_param("slug"))](db::Connection& connection) {
    return content::show_post(connection, slug);
  };
  auto post = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!post) co_return failed(*context, *request, post.error());
  if (!*post) co_return Response::error(Status::not_found);
  co_return Response::json(Status::ok, std::move(**post));
}

Result<content::SearchRequest> search_request(const net::http::Request& request) {
  const QueryParameters parameters(request);
  if (auto served = parameters.refuse({"sort", "tag"}); !served) {
    return std::unexpected(served.error());
  }
  if (request.query.find("q") == nullptr) {
    return actors::fail(actors::Errc::invalid_argument, "parameter q is missing");
  }
  auto query = parameters.text("q");
  if (!query) return std::unexpected(query.error());
  const auto limit = limit_of(parameters);
  if (!limit) return std::unexpected(limit.error());
  auto cursor = parameters.text("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  content::SearchRequest wanted{
      .query = std::move(*query), .limit = *limit, .cursor = std::move(*cursor)};
  if (auto valid = content::validate(wanted); !valid) return std::unexpected(valid.error());
  return wanted;
}

Awaitable<Response> search(Context context, RequestPtr request) {
  auto wanted = search_request(*request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [wanted = std::move(*wanted)](db::Connection& connection) {
    return content::search(connection, wanted);
  };
  auto body = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  co_return answer(*context, *request, std::move(body));
}

/// A handler that is told what the API works with.
net::http::Handler with(Context context, Awaitable<Response> (*handle)(Context, RequestPtr)) {
  return [context = std::move(context), handle](RequestPtr request) {
    return handle(context, std::move(request));
  };
}

}  // namespace

net::http::Routes health_routes(const Context& context) {
  using net::http::get;
  return {
      get("/api/health", alive, {.summary = "Whether the server is there; for load balancers"}),
      get("/health", with(context, health), {.summary = "Whether the server's parts are well"}),
  };
}

net::http::Routes content_routes(const Context& context) {
  using net::http::get;
  return {
      get("/posts", with(context, list_posts), {.summary = "Published posts, newest first"}),
      get("/posts/:slug", with(context, show_post), {.summary = "One published post"}),
      get("/search", with(context, search), {.summary = "Posts and projects that match a query"}),
  };
}

}  // namespace coppice::app::http
