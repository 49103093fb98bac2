#include "net/channels/handshake.hpp"

#include <utility>

#include "net/channels/version.hpp"
#include "net/encoding.hpp"

namespace coppice::net::channels {
namespace {

using http::Request;
using http::Status;

constexpr std::string_view kSubprotocol = "phoenix";
constexpr std::string_view kTokenPrefix = "base64url.bearer.phx.";

/// Reads the offered subprotocols. False if the client must be refused.
bool read_subprotocols(const Request& request, Handshake& handshake) {
  bool offered = false;
  bool known = false;
  for (const auto header : request.headers) {
    if (!http::equals_ignoring_case(header.name, "sec-websocket-protocol")) continue;
    offered = true;
    for (const auto entry : http::split_list(header.value)) {
      if (entry == kSubprotocol) known = true;
      if (!entry.starts_with(kTokenPrefix)) continue;
      handshake.auth_token = base64_decode(entry.substr(kTokenPrefix.size()));
      if (!handshake.auth_token) return false;
    }
  }
  if (known) handshake.subprotocol = kSubprotocol;
  return known || !offered;
}

}  // namespace

bool allows_origin(const Request& request, const HandshakePolicy& policy) {
  const auto target = request_origin(policy.scheme, request.header("host").value_or(""));
  return policy.origins.allows(request.header("origin"), target);
}

Refused refuse_origin() {
  return {Status::forbidden, "pages of that origin may not connect; see CORS_ORIGINS"};
}

Refused refuse_version() {
  return {Status::forbidden, "vsn must be 1.0.0 or 2.0.0, or one that they stand for"};
}

std::expected<Handshake, Refused> check_handshake(const Request& request,
                                                  const HandshakePolicy& policy) {
  if (request.method != http::Method::get) {
    return std::unexpected(Refused{Status::bad_request, "a WebSocket begins with GET"});
  }
  if (!allows_origin(request, policy)) return std::unexpected(refuse_origin());
  Handshake handshake{};
  if (policy.auth_token && !read_subprotocols(request, handshake)) {
    return std::unexpected(
        Refused{Status::forbidden, "the subprotocol must be phoenix, with a token or without"});
  }
  const auto version = negotiate_version(request.query);
  if (!version) return std::unexpected(refuse_version());
  handshake.version = *version;
  return handshake;
}

}  // namespace coppice::net::channels
