#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/pid.hpp"
#include "actors/result.hpp"
#include "net/channels/channel.hpp"
#include "net/http/request.hpp"
#include "net/io.hpp"
#include "net/websocket/session.hpp"

namespace coppice::net::channels {

/// What the application may know about a client that connects. Cookies and other headers are left
/// out on purpose: browsers send them for any page that opens a socket.
struct ConnectInfo {
  http::Params params;                    ///< All of the query, `vsn` included.
  std::optional<std::string> auth_token;  ///< From the subprotocol or `x-phoenix-authtoken`.
  Peer peer;
  bool from_here = false;  ///< See http::is_from_here().
  std::string target;      ///< Path and query; may hold secrets.
  http::Headers headers;   ///< `user-agent`, `x-*`, `sec-websocket-*`, trace headers.
  /// The session's cookie, if the endpoint has one and the request has it. Worth nothing without a
  /// proof that the page is ours.
  std::optional<std::string> session_cookie;
};

/// What carries a client's messages: a WebSocket, or the session of a long poll.
///
/// Thread: the connection's shard.
class Carrier {
 public:
  Carrier() = default;
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;
  virtual ~Carrier() = default;

  /// Disconnects the client, which reconnects unless the code is `normal`. Long poll knows no
  /// codes: the next poll says that the session is gone.
  virtual void close(websocket::CloseCode code, std::string_view reason) = 0;
};

/// A connection that is up.
struct Line {
  actors::Pid actor;               ///< The actor behind it; empty where there is none, as in tests.
  std::weak_ptr<Carrier> carrier;  ///< Gone when the connection is.
};

/// A client that may connect.
struct Connected {
  /// The connection is up: makes its channels. Called once, on the connection's shard.
  std::function<std::shared_ptr<ChannelFactory>(const Line&)> open;
  /// The connection is over, and so are its channels. Must not throw.
  std::function<void(const websocket::CloseInfo&)> on_close{};
};

/// The application's decision. An error refuses the client with 403, or with the status that
/// belongs to its code if that is a failure of ours.
using Connect = std::function<Awaitable<actors::Result<Connected>>(ConnectInfo)>;

}  // namespace coppice::net::channels
