#include "app/http/changes_routes.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/changes/event_stream.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/query_parameters.hpp"
#include "app/http/viewer.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::http {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using boost::json::array;
using boost::json::object;
using changes::EventStream;
using changes::StreamSeats;
using changes::Wish;
using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr int kFullForSeconds = 10;

std::string resource_names(const content::Catalogue& catalogue) {
  std::vector<std::string_view> names;
  for (const auto& table : catalogue.tables()) names.push_back(table->resource().name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<const content::Table*> table_of(const content::Catalogue& catalogue,
                                       const QueryParameters& parameters) {
  const auto name = parameters.text("resource");
  if (!name) return std::unexpected(name.error());
  const content::Table* table = catalogue.find(*name);
  if (table != nullptr) return table;
  return fail(Errc::invalid_argument,
              fmt::format("parameter resource must be one of {}", resource_names(catalogue)));
}

/// What a browser sends when it comes back goes before what its page asked at first.
Result<void> read_since(const Request& request, const QueryParameters& parameters, Wish& wish) {
  const auto header = request.header("last-event-id");
  const auto written =
      header ? Result<std::string>(std::string(*header)) : parameters.text("since");
  if (!written) return std::unexpected(written.error());
  if (written->empty()) return {};
  const auto since = changes::parse_bookmark(*written);
  if (!since) {
    return fail(Errc::invalid_argument,
                fmt::format("{} {}", header ? "header last-event-id" : "parameter since",
                            since.error().context));
  }
  wish.since = *since;
  return {};
}

Result<void> read_snapshot(const QueryParameters& parameters, Wish& wish) {
  const auto written = parameters.text("snapshot");
  if (!written) return std::unexpected(written.error());
  if (!written->empty() && *written != "true" && *written != "false") {
    return fail(Errc::invalid_argument, "parameter snapshot must be true or false");
  }
  wish.snapshot = *written == "true";
  return {};
}

bool is_condition(std::string_view name) noexcept {
  return name != "resource" && name != "since" && name != "snapshot";
}

Result<void> read_filter(const Request& request, const QueryParameters& parameters, Wish& wish) {
  for (const auto& entry : request.query.entries()) {
    if (!is_condition(entry.name)) continue;
    const auto values = parameters.texts(entry.name);
    if (!values) return std::unexpected(values.error());
    for (const std::string& value : *values) {
      auto added = changes::add_condition(*wish.view.table, entry.name, value, wish.view.filter);
      if (!added) return added;
    }
  }
  return {};
}

Result<Wish> wish_of(const content::Catalogue& catalogue, const Request& request) {
  const QueryParameters parameters(request);
  const auto table = table_of(catalogue, parameters);
  if (!table) return std::unexpected(table.error());
  Wish wish{.view = {.table = *table, .sees_hidden = viewer_of(request).sees_hidden}};
  auto read = read_since(request, parameters, wish);
  if (read) read = read_snapshot(parameters, wish);
  if (read) read = read_filter(request, parameters, wish);
  if (!read) return std::unexpected(std::move(read.error()));
  return wish;
}

Response full() {
  auto response = Response::error(Status::service_unavailable, "too many event streams");
  response.headers.add("retry-after", std::to_string(kFullForSeconds));
  return response;
}

Awaitable<bool> produce(std::shared_ptr<EventStream> stream,
                        std::shared_ptr<StreamSeats::Seat> /*until the end*/,
                        std::shared_ptr<net::http::BodyWriter> writer) {
  const bool whole = co_await EventStream::run(std::move(stream), std::move(writer));
  co_return whole;
}

/// What the stream begins with; what it reads later belongs to no request.
Awaitable<Result<void>> open(std::shared_ptr<EventStream> stream, RequestPtr request) {
  const tracing::ScopedSpan span(*request, "read");
  co_return co_await EventStream::open(std::move(stream));
}

Awaitable<Response> follow(Context context, RequestPtr request) {
  auto wish = wish_of(*context->catalogue, *request);
  if (!wish) co_return Response::error(wish.error());
  auto seat = context->streams->take(request->client);
  if (!seat) co_return full();
  const auto& link = request->peer.link;
  const changes::Source source{context->database, context->catalogue, context->hub};
  auto stream =
      std::make_shared<EventStream>(source, link ? link->actor : actors::Pid(), std::move(*wish));
  const auto opened = co_await open(stream, request);
  if (!opened) co_return failed(*context, *request, opened.error());
  auto held = std::make_shared<StreamSeats::Seat>(std::move(*seat));
  net::http::BodyStream body{std::bind_front(produce, std::move(stream), std::move(held))};
  auto response = Response::of(Status::ok, "text/event-stream", std::move(body));
  response.headers.add("cache-control", "no-store");
  response.headers.add("x-accel-buffering", "no");  // nginx would collect events
  co_return response;
}

Operation follow_operation(const content::Catalogue& catalogue) {
  object resource = query_parameter("resource", "What to follow.", true);
  array names;
  std::vector<std::string> filters;
  for (const auto& table : catalogue.tables()) {
    const auto& name = table->resource().name;
    names.emplace_back(std::string(name));
    filters.push_back(fmt::format("{}: {}", name, changes::filter_names(*table)));
  }
  resource["schema"] = object{{"type", "string"}, {"enum", std::move(names)}};
  object snapshot = query_parameter("snapshot", "Begins with the list, unless it can go on.");
  snapshot["schema"] = object{{"type", "boolean"}, {"default", false}};
  object filter = query_parameter(
      "filter", fmt::format("Values that records must have, each a parameter of its own name ({}).",
                            fmt::join(filters, "; ")));
  filter["schema"] =
      object{{"type", "object"}, {"additionalProperties", object{{"type", "string"}}}};
  filter["style"] = "form";
  filter["explode"] = true;
  object last = query_parameter("Last-Event-ID", "As `since`, and goes before it.");
  last["in"] = "header";
  Operation operation;
  operation.object["operationId"] = "follow_changes";
  operation.object["tags"] = array{"changes"};
  operation.object["parameters"] = array{
      std::move(resource),
      query_parameter("since", "The position that the client has been told up to: the last `id`."),
      std::move(snapshot), std::move(filter), std::move(last)};
  object media{{"schema", object{{"type", "string"}}}};
  object answer{
      {"description",
       "Events `change`, `enter`, `leave`, `reset` and `snapshot`, each with its position as `id` "
       "and JSON as `data`; a comment every 15 seconds."},
      {"content", object{{"text/event-stream", std::move(media)}}}};
  operation.object["responses"] = answers("200", std::move(answer), {"400"});
  return operation;
}

}  // namespace

net::http::Routes changes_routes(const Context& context, const content::Catalogue& catalogue) {
  return {net::http::get("/changes", with(context, follow),
                         {.summary = "What changes in a resource, as it is committed",
                          .docs = follow_operation(catalogue)})};
}

}  // namespace coppice::app::http
