#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/websocket/deflate.hpp"

namespace coppice::net::websocket {

/// What a server answers to a Sec-WebSocket-Key: RFC 6455 4.2.2.
[[nodiscard]] std::string accept_key(std::string_view key);

/// Nothing if @p request is a valid WebSocket upgrade; else the answer that refuses it, with an
/// empty body: 426 for a version other than 13, 400 for anything else.
[[nodiscard]] std::optional<http::Response> refuse_upgrade(const http::Request& request);

/// The 101 for a valid upgrade.
/// @param subprotocol  One of those that the client offered; empty for none.
/// @param deflate      What accept_deflate() made of the client's offers; no extension without it.
[[nodiscard]] http::Response accept_upgrade(const http::Request& request,
                                            std::string_view subprotocol,
                                            const std::optional<Deflate>& deflate = {});

}  // namespace coppice::net::websocket
