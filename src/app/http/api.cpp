#include "app/http/api.hpp"

#include <chrono>
#include <ctime>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/content/list_request.hpp"
#include "app/content/read_posts.hpp"
#include "app/content/search.hpp"
#include "app/http/query_parameters.hpp"
#include "db/query.hpp"

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
constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

// -- health --------------------------------------------------------------------------------------

Awaitable<Response> alive(RequestPtr /*request*/) {
  co_return Response::json(Status::ok, R"({"status":"ok","app":"coppice"})");
}

std::string timestamp() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::string text(sizeof "2026-01-01T00:00:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%FT%TZ", &utc));
  return text;
}

boost::json::object verdict(const Result<void>& check) {
  boost::json::object out{{"status", check ? "pass" : "fail"}};
  if (!check) out["reason"] = check.error().message();
  return out;
}

Result<bool> probe(db::Connection& connection) {
  auto one = db::query_value<std::int64_t>(connection, "SELECT 1");
  if (!one) return std::unexpected(one.error());
  return true;
}

Awaitable<Response> health(Context context, RequestPtr /*request*/) {
  const auto probed = co_await context->database.async_read(probe, kHealthTimeout, kAwait);
  Result<void> database;
  if (!probed) database = std::unexpected(probed.error());
  Result<void> application = context->database.readiness().check();
  if (context->draining) application = actors::fail(actors::Errc::shutting_down);
  const bool healthy = database && application;
  const boost::json::object body{
      {"status", healthy ? "healthy" : "unhealthy"},
      {"timestamp", timestamp()},
      {"version", context->version},
      {"region", context->region},
      {"checks", {{"database", verdict(database)}, {"application", verdict(application)}}}};
  co_return Response::json(healthy ? Status::ok : Status::service_unavailable,
                           boost::json::serialize(body));
}

// -- content -------------------------------------------------------------------------------------

Response answer(Result<std::string> body) {
  if (!body) return Response::error(body.error());
  return Response::json(Status::ok, std::move(*body));
}

Result<int> limit_of(const QueryParameters& parameters) {
  const auto written = parameters.text("limit");
  if (!written) return std::unexpected(written.error());
  return content::parse_limit(*written);
}

Result<content::PostListRequest> list_request(const net::http::Request& request) {
  const auto parameters = QueryParameters::of(request, {"limit", "cursor", "tag"});
  if (!parameters) return std::unexpected(parameters.error());
  const auto limit = limit_of(*parameters);
  if (!limit) return std::unexpected(limit.error());
  auto cursor = parameters->text("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  auto tags = parameters->texts("tag");
  if (!tags) return std::unexpected(tags.error());
  return content::PostListRequest{
      .limit = *limit, .cursor = std::move(*cursor), .tags = std::move(*tags)};
}

Awaitable<Response> list_posts(Context context, RequestPtr request) {
  auto wanted = list_request(*request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [wanted = std::move(*wanted)](db::Connection& connection) {
    return content::list_posts(connection, wanted);
  };
  co_return answer(co_await context->database.async_read(std::move(read), kReadTimeout, kAwait));
}

Awaitable<Response> show_post(Context context, RequestPtr request) {
  if (auto none = QueryParameters::of(*request, {}); !none) {
    co_return Response::error(none.error());
  }
  auto read = [slug = std::string(request->path_param("slug"))](db::Connection& connection) {
    return content::show_post(connection, slug);
  };
  auto post = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!post) co_return Response::error(post.error());
  if (!*post) co_return Response::error(Status::not_found);
  co_return Response::json(Status::ok, std::move(**post));
}

Result<content::SearchRequest> search_request(const net::http::Request& request) {
  const auto parameters = QueryParameters::of(request, {"q", "limit", "cursor"});
  if (!parameters) return std::unexpected(parameters.error());
  if (request.query.find("q") == nullptr) {
    return actors::fail(actors::Errc::invalid_argument, "parameter q is missing");
  }
  auto query = parameters->text("q");
  if (!query) return std::unexpected(query.error());
  const auto limit = limit_of(*parameters);
  if (!limit) return std::unexpected(limit.error());
  auto cursor = parameters->text("cursor");
  if (!cursor) return std::unexpected(cursor.error());
  return content::SearchRequest{
      .query = std::move(*query), .limit = *limit, .cursor = std::move(*cursor)};
}

Awaitable<Response> search(Context context, RequestPtr request) {
  auto wanted = search_request(*request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [wanted = std::move(*wanted)](db::Connection& connection) {
    return content::search(connection, wanted);
  };
  co_return answer(co_await context->database.async_read(std::move(read), kReadTimeout, kAwait));
}

/// A handler that is told what the API works with.
net::http::Handler with(Context context, Awaitable<Response> (*handle)(Context, RequestPtr)) {
  return [context = std::move(context), handle](RequestPtr request) {
    return handle(context, std::move(request));
  };
}

}  // namespace

std::vector<net::http::Route> api_routes(Context context) {
  using net::http::get;
  return {
      get("/api/health", alive),
      get("/health", with(context, health)),
      get("/api/posts", with(context, list_posts)),
      get("/api/posts/:slug", with(context, show_post)),
      get("/api/search", with(context, search)),
  };
}

}  // namespace coppice::app::http
