#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/channels/channel.hpp"
#include "net/channels/connect.hpp"
#include "net/channels/handshake.hpp"
#include "net/channels/shard_sockets.hpp"
#include "net/http/handler.hpp"
#include "net/websocket/session.hpp"

namespace coppice::net::channels {

/// What both transports of a socket have in common.
struct SocketOptions {
  HandshakePolicy handshake;
  std::size_t max_channels = 100;  ///< That one client may join.
  Connect connect;
  /// A channel threw; the client has lost that topic alone.
  CrashHandler on_crash;
  /// Where sockets are counted and listed; null for nowhere.
  std::shared_ptr<const SocketRegister> sockets{};
};

struct WebSocketOptions {
  websocket::Options session{};
  bool compression = false;  ///< Whether clients that offer permessage-deflate get it.
};

/// The WebSocket transport of Phoenix Channels, to be routed as `/socket/websocket`.
[[nodiscard]] http::UpgradeHandler websocket_endpoint(SocketOptions options,
                                                      WebSocketOptions websocket = {});

/// What the application is shown of a request.
[[nodiscard]] ConnectInfo connect_info(const http::Request& request, const HandshakePolicy& policy,
                                       std::optional<std::string> auth_token);

/// What refuses a client: 403 with the error's text, unless the failure is ours.
[[nodiscard]] Refused refusal_for(const actors::Error& error);

}  // namespace coppice::net::channels
