#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/time.hpp"
#include "net/connections.hpp"
#include "net/stream.hpp"
#include "net/tls/certificates.hpp"

namespace coppice::net::tls {

/// What the handshakes of one shard have in common.
///
/// Thread: its shard, but for the certificates.
struct Handshakes {
  std::shared_ptr<Certificates> certificates;
  actors::Duration timeout = std::chrono::seconds(10);
  /// Each costs about a millisecond of a processor, and memory, before anybody is known to be
  /// there. Clients beyond that are refused.
  std::size_t most_at_once = 256;
  /// One has failed, and why. Must not throw.
  std::function<void(const std::string& why)> on_failure{};

  std::size_t under_way = 0;
};

/// Speaks TLS with a client that has just connected. Nothing if that comes to nothing, with the
/// socket closed: the client broke off, took too long, is one too many, or offers nothing that is
/// safe enough. One too many is told by refuse(); a client that speaks plain HTTP is told so, in
/// plain HTTP.
///
/// Thread: the socket's shard. Cancel: terminal; the connection is closed at once.
Awaitable<std::optional<Stream>> shake_hands(Socket socket, std::shared_ptr<Handshakes> handshakes,
                                             std::shared_ptr<Connections> connections);

/// Tells a client that there will be no handshake, which costs none: a fatal alert, so that it
/// doesn't take the end of the connection for a fault of the network. Best effort; waits for
/// nobody. @pre The socket is non-blocking.
void refuse(Socket& socket);

}  // namespace coppice::net::tls
