#include "app/nodes/answer_client.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/exit_reason.hpp"
#include "actors/shard.hpp"
#include "app/http/request_scope.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/exchange.hpp"

namespace coppice::app::nodes {

using net::http::Request;
using net::http::Response;

net::Awaitable<Response> answer_client(std::shared_ptr<const net::http::Router> site,
                                       std::shared_ptr<Request> request) {
  static const net::http::Limits kLimits;
  request->received_at = actors::Shard::current()->now();
  net::http::Exchange exchange(*site, kLimits);
  if (!exchange.admit(request)) co_await exchange.admit_slowly();
  if (!exchange.answered() && !exchange.handle_at_once()) co_await exchange.handle();
  auto response = std::move(exchange.finish().response);
  tracing::record_request(*request,
                          {.status = response.status,
                           .body_bytes = response.body.size().value_or(0),
                           .duration = actors::Shard::current()->now() - request->received_at});
  if (const auto& failure = exchange.failure()) {
    const LogScope about(http::lines_about(*request));
    SPDLOG_ERROR("{} {} of another node's client failed: {}", to_string(request->method),
                 request->path, actors::reason_of(failure).to_string());
  }
  co_return response;
}

}  // namespace coppice::app::nodes
