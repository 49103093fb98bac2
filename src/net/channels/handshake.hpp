#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/channels/origin.hpp"
#include "net/channels/serializer.hpp"
#include "net/http/request.hpp"
#include "net/http/status.hpp"

namespace coppice::net::channels {

struct HandshakePolicy {
  OriginPolicy origins = OriginPolicy::any();
  /// How clients reach this server; only OriginPolicy::same_as_request() looks at it.
  std::string scheme = "http";
  /// Whether clients may hand over a token as a subprotocol (`authToken` of the official client).
  bool auth_token = false;
  /// The session's cookie that the application may look at; empty for none.
  std::string session_cookie{};
};

/// What a client has asked for.
struct Handshake {
  Version version;
  std::optional<std::string> auth_token;
  std::string subprotocol;  ///< What to answer; empty for none.
};

/// Why a client is not let in. Phoenix gives no body, and clients read none: people find the reason
/// in the header `coppice-refused` of the answer.
struct Refused {
  http::Status status;
  std::string why;
};
inline constexpr std::string_view kRefusedHeader = "coppice-refused";

/// Checks what can be told from a WebSocket request without the application, in Phoenix's order:
/// method (400), origin, token and subprotocol, version (403 each).
[[nodiscard]] std::expected<Handshake, Refused> check_handshake(const http::Request& request,
                                                                const HandshakePolicy& policy);

/// Whether the page that sent @p request may use the socket.
[[nodiscard]] bool allows_origin(const http::Request& request, const HandshakePolicy& policy);

// 403 each.
[[nodiscard]] Refused refuse_origin();
[[nodiscard]] Refused refuse_version();

}  // namespace coppice::net::channels
