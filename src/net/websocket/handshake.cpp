#include "net/websocket/handshake.hpp"

#include "net/encoding.hpp"

namespace coppice::net::websocket {
namespace {

using http::Method;
using http::Request;
using http::Response;
using http::Status;

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kVersion = "13";

}  // namespace

std::string accept_key(std::string_view key) {
  return base64_encode(sha1(std::string(key).append(kGuid)));
}

std::optional<Response> refuse_upgrade(const Request& request) {
  const auto& headers = request.headers;
  const bool is_upgrade = request.method == Method::get && !request.http_1_0 &&
                          headers.contains("host") && headers.has_token("connection", "upgrade") &&
                          headers.has_token("upgrade", "websocket") &&
                          !headers.get("sec-websocket-key").value_or("").empty();
  if (!is_upgrade) return Response::empty(Status::bad_request);
  if (headers.get("sec-websocket-version") == kVersion) return std::nullopt;
  auto refusal = Response::empty(Status::upgrade_required);
  refusal.headers.add("sec-websocket-version", kVersion);
  return refusal;
}

Response accept_upgrade(const Request& request, std::string_view subprotocol,
                        const std::optional<Deflate>& deflate) {
  auto response = Response::empty(Status::switching_protocols);
  response.headers.add("connection", "Upgrade");
  response.headers.add("upgrade", "websocket");
  response.headers.add("sec-websocket-accept",
                       accept_key(request.headers.get("sec-websocket-key").value_or("")));
  if (!subprotocol.empty()) response.headers.add("sec-websocket-protocol", subprotocol);
  if (deflate) response.headers.add("sec-websocket-extensions", to_header(*deflate));
  return response;
}

}  // namespace coppice::net::websocket
