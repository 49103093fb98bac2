#include "app/nodes/sent_read.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "app/http/read_your_writes.hpp"

namespace coppice::app::nodes {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::http::Headers;
using net::http::Request;
using net::http::Response;
using net::http::Status;

namespace {

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";

bool concerns_the_connection(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames = {
      "connection", "content-length", "expect", "keep-alive", "upgrade", "transfer-encoding"};
  return std::ranges::any_of(
      kNames, [name](auto known) { return net::http::equals_ignoring_case(name, known); });
}

std::vector<SentHeader> to_sent(const Headers& headers) {
  std::vector<SentHeader> sent;
  for (const auto header : headers) {
    if (concerns_the_connection(header.name)) continue;
    sent.push_back({std::string(header.name), std::string(header.value)});
  }
  return sent;
}

void add_to(Headers& headers, const std::vector<SentHeader>& sent) {
  for (const auto& [name, value] : sent) headers.add_checked(name, value);
}

std::vector<SentHeader> headers_of(const Request& request, const tracing::TrailPtr& trail) {
  auto sent = to_sent(request.headers);
  std::erase_if(sent, [](const SentHeader& header) {
    return net::http::equals_ignoring_case(header.name, kTraceparent) ||
           net::http::equals_ignoring_case(header.name, kTracestate);
  });
  if (!trail) return sent;
  const auto& context = trail->context;
  sent.push_back({std::string(kTraceparent), tracing::to_traceparent(context)});
  if (!context.state.empty()) sent.push_back({std::string(kTracestate), context.state});
  return sent;
}

/// Clients that take this node for a proxy send more than that.
std::string origin_form(const Request& request) {
  const auto mark = request.target.find('?');
  return mark == std::string::npos ? request.path : request.path + request.target.substr(mark);
}

}  // namespace

SentRead to_sent(const Request& request, db::Position position, const tracing::TrailPtr& trail) {
  return {.target = origin_form(request),
          .headers = headers_of(request, trail),
          .client = request.client.to_string(),
          .secure = request.secure ? 1 : 0,
          .id = request.id,
          .epoch = position.epoch,
          .sequence = position.sequence};
}

Result<std::shared_ptr<Request>> from_sent(const SentRead& sent) {
  const auto mark = sent.target.find('?');
  auto query = net::http::parse_query(mark == std::string::npos
                                          ? std::string_view()
                                          : std::string_view(sent.target).substr(mark + 1));
  boost::system::error_code error;
  const auto client = boost::asio::ip::make_address(sent.client, error);
  if (!query || error) return fail(Errc::malformed, "a read of another node's can't be read");
  auto request = std::make_shared<Request>();
  request->target = sent.target;
  request->path = sent.target.substr(0, mark);
  request->query = *std::move(query);
  add_to(request->headers, sent.headers);
  request->client = client;
  request->secure = sent.secure != 0;
  request->id = sent.id;
  request->assigns.set(http::AskedByNode{});
  return request;
}

Result<SentAnswer> to_sent(const Response& response, db::Arrival arrival) {
  if (!response.body.has_bytes()) {
    return fail(Errc::unsupported, "an answer without an end is not for other nodes");
  }
  return SentAnswer{.status = std::to_underlying(response.status),
                    .headers = to_sent(response.headers),
                    .body = std::string(response.body.bytes()),
                    .arrival = arrival};
}

Response from_sent(SentAnswer sent) {
  Response response{
      .status = static_cast<Status>(sent.status), .headers = {}, .body = std::move(sent.body)};
  add_to(response.headers, sent.headers);
  return response;
}

}  // namespace coppice::app::nodes
