#include "app/http/site_routes.hpp"

#include <boost/json/array.hpp>

#include "app/content/feed.hpp"
#include "app/content/permalink.hpp"
#include "app/http/api_schema.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/conditional.hpp"
#include "net/http/percent.hpp"

namespace coppice::app::http {

namespace {

using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

/// A permalink is for ever, but which post has it may change.
constexpr std::string_view kRedirectCaching = "public, max-age=3600";

/// "https://example.com": the configured host, or what the client calls us.
std::string site_url(const ApiContext& context, const Request& request) {
  if (!context.host.empty()) return "https://" + context.host;
  const std::string scheme = request.secure ? "https://" : "http://";
  return scheme + std::string(request.header("host").value_or("localhost"));
}

std::string posts_url(const ApiContext& context, const Request& request) {
  const bool relative = context.posts_url.starts_with('/');
  return (relative ? site_url(context, request) : "") + context.posts_url;
}

Awaitable<Response> rss(Context context, RequestPtr request) {
  const std::string site = site_url(*context, *request);
  const content::FeedOptions options{.title = site.substr(site.find("//") + 2),
                                     .site_url = site,
                                     .posts_url = posts_url(*context, *request)};
  auto read = [options](db::Connection& db) { return content::make_feed(db, options); };
  const tracing::ScopedSpan span(*request, "read");
  auto feed = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!feed) co_return failed(*context, *request, feed.error());
  // No Last-Modified: a post that is deleted, or changed twice in a second, would not show in it.
  const net::http::Validators validators{.etag = quoted_etag(feed->etag)};
  auto unchanged = net::http::check_preconditions(*request, validators);
  if (unchanged) co_return std::move(*unchanged);
  auto response =
      Response::of(Status::ok, "application/rss+xml; charset=utf-8", std::move(feed->xml));
  net::http::add_validators(response, validators);
  response.headers.add("cache-control", "no-cache");
  co_return response;
}

Awaitable<Response> follow_permalink(Context context, RequestPtr request) {
  auto read = [permalink = std::string(request->path_param("permalink"))](db::Connection& db) {
    return content::slug_of_permalink(db, permalink);
  };
  const tracing::ScopedSpan span(*request, "read");
  const auto slug = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!slug) co_return failed(*context, *request, slug.error());
  if (!*slug) co_return Response::error(Status::not_found);
  auto response = Response::empty(Status::moved_permanently);
  response.headers.add("location", context->posts_url + net::http::percent_encode(**slug));
  response.headers.add("cache-control", kRedirectCaching);
  co_return response;
}

Operation feed_operation() {
  using boost::json::object;
  const object text{{"schema", object{{"type", "string"}}}};
  const object feed{{"description", "RSS 2.0."},
                    {"content", object{{"application/rss+xml", text}}}};
  Operation operation;
  operation.object["operationId"] = "rss";
  operation.object["responses"] = answers("200", feed, {});
  return operation;
}

}  // namespace

net::http::Routes site_routes(const Context& context) {
  using net::http::get;
  return {
      get("/rss", with(context, rss),
          {.summary = "The newest published posts as a feed", .docs = feed_operation()}),
      get("/:permalink", with(context, follow_permalink),
          {.summary = "Leads to the post that has this permalink"}),
  };
}

}  // namespace coppice::app::http
