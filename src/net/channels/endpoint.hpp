#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/result.hpp"
#include "net/channels/channel.hpp"
#include "net/channels/handshake.hpp"
#include "net/http/handler.hpp"
#include "net/websocket/session.hpp"

namespace coppice::net::channels {

/// What the application may know about a client that connects. Cookies and other headers are left
/// out on purpose: browsers send them for any page that opens a socket.
struct ConnectInfo {
  http::Params params;                    ///< All of the query, `vsn` included.
  std::optional<std::string> auth_token;  ///< From the subprotocol, if the endpoint takes it.
  Peer peer;
  std::string target;     ///< Path and query; may hold secrets.
  http::Headers headers;  ///< `user-agent`, `x-*`, `sec-websocket-*`, trace headers.
};

/// A client that may connect.
struct Connected {
  std::shared_ptr<ChannelFactory> channels;
  /// The connection is up; closing the session disconnects the client.
  std::function<void(std::weak_ptr<websocket::Session>)> on_open;
  /// The connection is over, and so are its channels. Must not throw.
  std::function<void(const websocket::CloseInfo&)> on_close;
};

/// The application's decision. An error refuses the client with 403, or with the status that
/// belongs to its code if that is a failure of ours.
using Connect = std::function<Awaitable<actors::Result<Connected>>(ConnectInfo)>;

struct EndpointOptions {
  HandshakePolicy handshake;
  websocket::Options websocket;
  std::size_t max_channels = 100;  ///< That one client may join.
  Connect connect;
  /// A channel threw; the client has lost that topic alone.
  std::function<void(const std::string& topic, std::exception_ptr)> on_crash;
};

/// The WebSocket transport of Phoenix Channels, to be routed as `/socket/websocket`.
[[nodiscard]] http::UpgradeHandler websocket_endpoint(EndpointOptions options);

}  // namespace coppice::net::channels
