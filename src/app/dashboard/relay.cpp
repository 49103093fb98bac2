#include "app/dashboard/relay.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/spdlog.h>

#include "actors/use_task.hpp"
#include "app/admin/line_stream.hpp"
#include "app/log_scope.hpp"
#include "net/channels/read_payload.hpp"
#include "net/http/plugs/request_id.hpp"

namespace coppice::app::dashboard {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Task;
using boost::json::value;
using net::http::Method;
using net::http::Request;
using net::http::Response;
using net::http::Route;

constexpr std::size_t kLongestParameter = 1000;

constexpr std::array kRelayed = {
    Relayed{"shards", Method::get, "/v1/shards"},
    Relayed{"nodes", Method::get, "/v1/nodes"},
    Relayed{"requests", Method::get, "/v1/requests"},
    Relayed{"database", Method::get, "/v1/database"},
    Relayed{"work", Method::get, "/v1/work"},
    Relayed{"connections", Method::get, "/v1/connections"},
    Relayed{"topics", Method::get, "/v1/topics"},
    Relayed{"crashes", Method::get, "/v1/crashes"},
    Relayed{"crash", Method::get, "/v1/crashes/:id"},
    Relayed{"logs", Method::get, "/v1/logs"},
    Relayed{"log_level", Method::get, "/v1/log-level"},
    Relayed{"disconnect", Method::post, "/v1/connections/disconnect"},
    Relayed{"set_log_level", Method::post, "/v1/log-level"},
    Relayed{"backup", Method::post, "/v1/backups"},
};

/// A parameter as it would stand in a query.
Result<std::string> text_of(std::string_view name, const value& given) {
  std::string text;
  if (given.is_string()) {
    text = given.as_string();
  } else if (given.is_number()) {
    text = boost::json::serialize(given);
  } else {
    return fail(Errc::invalid_argument, std::string(name) + " must be text or a number");
  }
  if (text.size() <= kLongestParameter) return text;
  return fail(Errc::invalid_argument, std::string(name) + " is too long");
}

const Route* find_route(const net::http::Router& router, const Relayed& relayed) {
  const auto& routes = router.routes();
  const auto found = std::ranges::find_if(routes, [&](const Route& route) {
    return route.method == relayed.method && route.pattern == relayed.pattern;
  });
  return found == routes.end() ? nullptr : &*found;
}

/// The answer of the route's own plugs, if one of them does not let the request pass.
std::optional<Response> refusal(const Route& route, Request& request) {
  for (const auto& pipeline : route.options.through) {
    for (const auto& plug : pipeline.plugs) {
      const auto* before = std::get_if<net::http::Plug::Before>(&plug.before);
      if (before == nullptr) continue;
      if (auto answer = (*before)(request)) return answer;
    }
  }
  return std::nullopt;
}

/// {"lines":[…]} of an object a line.
std::string lines_json(std::string_view lines) {
  std::string out =
      R"({"lines":[)" + std::string(lines.substr(0, lines.find_last_not_of('\n') + 1));
  std::ranges::replace(out, '\n', ',');
  return out + "]}";
}

/// The sentence of `{"errors":{"detail":"…"}}`.
std::string reason_of(const Response& response) {
  boost::system::error_code error;
  const auto body = boost::json::parse(response.body.bytes(), error);
  const auto detail = error ? nullptr : body.find_pointer("/errors/detail", error);
  return detail != nullptr && detail->is_string() ? std::string(detail->as_string()) : "it failed";
}

/// Logged here, since the one who gave the order may be gone by now.
RelayAnswer noted(const Relayed& relayed, const Request& request, RelayAnswer answer) {
  if (relayed.is_order() && !answer.good) {
    const LogScope about({.request_id = request.id});
    SPDLOG_WARN("dashboard: {} failed: {}", relayed.event, answer.text);
  }
  return answer;
}

RelayAnswer answer_of(const Response& response) {
  if (std::to_underlying(response.status) >= 300)
    return {.good = false, .text = reason_of(response)};
  if (!response.body.has_bytes()) {
    return {.good = false, .text = "what goes on can't be followed here"};
  }
  const std::string_view body = response.body.bytes();
  const bool is_lines = response.headers.get("content-type") == admin::kLinesType;
  return {.good = true, .text = is_lines ? lines_json(body) : std::string(body)};
}

}  // namespace

const Relayed* find_relayed(std::string_view event) noexcept {
  const auto* found = std::ranges::find(kRelayed, event, &Relayed::event);
  return found == kRelayed.end() ? nullptr : found;
}

Result<std::shared_ptr<Request>> request_of(const Relayed& relayed,
                                            const net::channels::Payload& payload) {
  const auto members = net::channels::read_object(payload);
  if (!members) return fail(Errc::invalid_argument, "the payload is no object");
  auto request = std::make_shared<Request>();
  request->id = net::http::plugs::make_request_id();
  request->method = relayed.method;
  request->target = request->path = relayed.pattern;
  for (const auto& [name, given] : *members) {
    if (given.is_null()) continue;
    auto text = text_of(name, given);
    if (!text) return std::unexpected(text.error());
    if (relayed.pattern.ends_with("/:" + std::string(name))) {
      request->path_params.emplace_back(name, *std::move(text));
    } else {
      request->query.put(name, *std::move(text));
    }
  }
  return request;
}

std::string parameters_text(const Request& request) {
  std::string out;
  for (const auto& [name, given, replaced, times] : request.query.entries()) {
    const auto* text = given.string();
    out += " " + name + "=" + (text != nullptr ? *text : "");
  }
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

Task<Result<RelayAnswer>> relay(std::shared_ptr<const net::http::Router> operators,
                                std::shared_ptr<Request> request, const Relayed* relayed,
                                std::shared_ptr<Turn> /*turn*/) {
  const auto* route = find_route(*operators, *relayed);
  if (route == nullptr) co_return fail(Errc::not_found, "the server has no such request");
  if (const auto refused = refusal(*route, *request))
    co_return noted(*relayed, *request, answer_of(*refused));
  if (const auto* plain = std::get_if<net::http::PlainHandler>(&route->action)) {
    co_return noted(*relayed, *request, answer_of((*plain)(*request)));
  }
  auto answering = std::get<net::http::Handler>(route->action)(request);
  const auto response = co_await actors::run_awaitable(std::move(answering));
  co_return noted(*relayed, *request, answer_of(response));
}

}  // namespace coppice::app::dashboard
