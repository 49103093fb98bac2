#include "app/admin/connection_routes.hpp"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/channel_control.hpp"
#include "app/admin/connection_control.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/admin/topic_list.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using WorkPtr = std::shared_ptr<Work>;

/// The work of one request, or what is wrong with its parameters.
using Plan = std::function<Result<Work::Job>(const Request& request)>;

Awaitable<Response> look(WorkPtr work, Plan plan, RequestPtr request) {
  auto job = plan(*request);
  if (!job) co_return explained(job.error());
  co_return co_await work->look(*request, *std::move(job));
}

Awaitable<Response> order(WorkPtr work, Plan plan, RequestPtr request) {
  auto job = plan(*request);
  if (!job) co_return explained(job.error());
  co_return co_await work->order(*request, *std::move(job));
}

Result<PageOf> page_of(const http::QueryParameters& parameters) {
  PageOf page;
  auto after = parameters.text("after");
  if (!after) return std::unexpected(after.error());
  page.after = *std::move(after);
  const auto limit = parameters.text("limit");
  if (!limit) return std::unexpected(limit.error());
  if (limit->empty()) return page;
  const auto* end = limit->data() + limit->size();
  const auto [read, error] = std::from_chars(limit->data(), end, page.limit);
  if (error != std::errc() || read != end || page.limit == 0 || page.limit > PageOf::kMost) {
    return fail(Errc::invalid_argument,
                "parameter limit must be a number from 1 to " + std::to_string(PageOf::kMost));
  }
  return page;
}

Result<ConnectionFilter> filter_of(const http::QueryParameters& parameters) {
  ConnectionFilter filter;
  for (const auto& [name, value] :
       {std::pair{"user", &filter.user}, std::pair{"address", &filter.address},
        std::pair{"topic", &filter.topic}, std::pair{"transport", &filter.transport}}) {
    auto given = parameters.text(name);
    if (!given) return std::unexpected(given.error());
    *value = *std::move(given);
  }
  const auto& transport = filter.transport;
  if (!transport.empty() && transport != "http" && transport != "websocket" &&
      transport != "longpoll") {
    return fail(Errc::invalid_argument, "parameter transport must be http, websocket or longpoll");
  }
  return filter;
}

Plan list_connections(std::shared_ptr<ConnectionControl> control) {
  return [control](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto filter = filter_of(parameters);
    if (!filter) return std::unexpected(filter.error());
    const auto page = page_of(parameters);
    if (!page) return std::unexpected(page.error());
    return
        [control, filter = *filter, page = *page] { return answered(control->list(filter, page)); };
  };
}

Plan disconnect(std::shared_ptr<ConnectionControl> control) {
  return [control](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto id = parameters.text("id");
    if (!id) return std::unexpected(id.error());
    const auto user = parameters.text("user");
    if (!user) return std::unexpected(user.error());
    if (id->empty() == user->empty()) {
      return fail(Errc::invalid_argument, "give either parameter id or parameter user");
    }
    return [control, id = *id, user = *user] {
      return answered(id.empty() ? control->disconnect_user(user) : control->disconnect(id));
    };
  };
}

Result<ChannelFilter> channel_filter_of(const http::QueryParameters& parameters) {
  ChannelFilter filter;
  for (const auto& [name, value] :
       {std::pair{"prefix", &filter.prefix}, std::pair{"user", &filter.user},
        std::pair{"connection", &filter.connection}}) {
    auto given = parameters.text(name);
    if (!given) return std::unexpected(given.error());
    *value = *std::move(given);
  }
  return filter;
}

Plan list_channels(std::shared_ptr<const ConnectionParts> parts) {
  return [parts](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto filter = channel_filter_of(parameters);
    if (!filter) return std::unexpected(filter.error());
    const auto page = page_of(parameters);
    if (!page) return std::unexpected(page.error());
    return [parts, filter = *filter, page = *page] {
      return answered(channels_json(parts->runtime, parts->realtime, filter, page));
    };
  };
}

Plan end_channel(std::shared_ptr<const ConnectionParts> parts) {
  return [parts](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto connection = required(parameters, "connection");
    if (!connection) return std::unexpected(connection.error());
    const auto topic = required(parameters, "topic");
    if (!topic) return std::unexpected(topic.error());
    return [parts, connection = *connection, topic = *topic] {
      return done(close_channel(parts->runtime, parts->realtime, connection, topic));
    };
  };
}

Plan list_topics(std::shared_ptr<const ConnectionParts> parts) {
  return [parts](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto prefix = parameters.text("prefix");
    if (!prefix) return std::unexpected(prefix.error());
    const auto page = page_of(parameters);
    if (!page) return std::unexpected(page.error());
    return [parts, prefix = *prefix, page = *page] {
      return answered(topics_json(parts->runtime, parts->realtime, prefix, page));
    };
  };
}

Plan list_presence(std::shared_ptr<const ConnectionParts> parts) {
  return [parts](const Request& request) -> Result<Work::Job> {
    const http::QueryParameters parameters(request);
    const auto topic = required(parameters, "topic");
    if (!topic) return std::unexpected(topic.error());
    const auto page = page_of(parameters);
    if (!page) return std::unexpected(page.error());
    return [parts, topic = *topic, page = *page] {
      return answered(presence_json(parts->realtime, topic, page));
    };
  };
}

/// The parameters of a list, with those that every list has.
std::vector<QueryDoc> in_pages(std::vector<QueryDoc> query) {
  query.push_back({"limit", "how many at the most, up to " + std::to_string(PageOf::kMost)});
  query.push_back({"after", "`next` of the page before"});
  return query;
}

std::vector<QueryDoc> channel_filters() {
  return in_pages({{"prefix", "what their topics begin with"},
                   {"user", "those of a user's connections"},
                   {"connection", "those of one connection, by its id"}});
}

std::vector<QueryDoc> connection_filters() {
  return in_pages({{"user", "those of a user"},
                   {"address", "those from an address"},
                   {"topic", "those that have joined a topic"},
                   {"transport", "http, websocket or longpoll"}});
}

}  // namespace

net::http::Routes connection_routes(std::shared_ptr<Work> work, ConnectionParts parts) {
  const auto shared = std::make_shared<const ConnectionParts>(std::move(parts));
  const auto control =
      std::make_shared<ConnectionControl>(shared->runtime, shared->endpoint, shared->realtime);
  const auto bind = [&work](Plan plan) -> net::http::Handler {
    return [work, plan = std::move(plan)](RequestPtr request) {
      return look(work, plan, std::move(request));
    };
  };
  // It waits for the connection's end, on whichever shard.
  const auto bind_order = [&work](Plan plan) -> net::http::Handler {
    return [work, plan = std::move(plan)](RequestPtr request) {
      return order(work, plan, std::move(request));
    };
  };
  return {
      net::http::get("/v1/connections", bind(list_connections(control)),
                     described("Who is connected", {.query = connection_filters(),
                                                    .answers = {in_json(schemas::connections())}})),
      net::http::post("/v1/connections/disconnect", bind_order(disconnect(control)),
                      described("Closes one connection, or a user's",
                                {.query = {{"id", "the connection's"}, {"user", "the user's"}},
                                 .answers = {in_json(schemas::disconnected())}})),
      net::http::get(
          "/v1/channels", bind(list_channels(shared)),
          described("What clients have joined",
                    {.query = channel_filters(), .answers = {in_json(schemas::channels())}})),
      net::http::post("/v1/channels/close", bind_order(end_channel(shared)),
                      described("Ends one channel of one connection",
                                {.query = {{"connection", "the connection's id", true},
                                           {"topic", "the channel's", true}},
                                 .answers = {in_json(schemas::done())}})),
      net::http::get("/v1/topics", bind(list_topics(shared)),
                     described("The topics that have subscribers or members",
                               {.query = in_pages({{"prefix", "what they begin with"}}),
                                .answers = {in_json(schemas::topics())}})),
      net::http::get(
          "/v1/presence", bind(list_presence(shared)),
          described("Who is present in a topic", {.query = in_pages({{"topic", "which one", true}}),
                                                  .answers = {in_json(schemas::presence())}})),
  };
}

}  // namespace coppice::app::admin
