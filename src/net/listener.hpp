#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "net/io.hpp"

namespace coppice::net {

struct ConnectionLink;

/// Who is at the other end. Unspecified ("::", port 0) for Unix domain sockets.
struct Peer {
  boost::asio::ip::address address;  ///< An IPv4 client of a dual-stack listener is shown as IPv4.
  std::uint16_t port = 0;
  /// The actor behind the connection; null where there is none, as in tests of a session alone.
  std::shared_ptr<ConnectionLink> link{};
};

/// Whether listeners share a port, one per shard. Only those of one process should: the kernel
/// would spread clients over two servers as readily as over two shards.
enum class Sharing : std::uint8_t {
  alone,  ///< Nobody else listens on the port.
  first,  ///< Nobody else does yet, but others that join may follow.
  joins,  ///< Others may listen on it.
};

struct ListenOptions {
  /// A numeric address. "::" takes IPv4 clients as well, and falls back to "0.0.0.0" on a machine
  /// without IPv6.
  std::string address = "::";
  std::uint16_t port = 4000;  ///< 0 picks a free one; see Acceptor::local_endpoint().
  Sharing sharing = Sharing::alone;
  int backlog = 4096;  ///< The kernel caps it (net.core.somaxconn).
};

/// Binds and listens.
///
/// Errors: `invalid_argument` (address), `io_error` (for instance the port is taken); the context
/// says which port and what to do.
[[nodiscard]] actors::Result<Acceptor> listen(const Executor& executor,
                                              const ListenOptions& options);

/// How one address is bound. Throws boost::system::system_error.
using OpenAcceptor = std::function<Acceptor(
    const Executor& executor, const boost::asio::ip::tcp::endpoint& at, const ListenOptions&)>;

/// The same on a machine where addresses are bound in another way, as without IPv6.
[[nodiscard]] actors::Result<Acceptor> listen(const Executor& executor,
                                              const ListenOptions& options,
                                              const OpenAcceptor& open);

struct AcceptHooks {
  /// Takes over a connection. Called on the listener's thread; must not throw.
  std::function<void(Socket, Peer)> on_connection;
  /// Accepting failed and goes on after a pause, for instance when file descriptors have run out.
  std::function<void(boost::system::error_code)> on_error;
  /// A client who came while there was no descriptor for him, accepted with one that is kept back
  /// for this. Must have closed the socket when it returns. Without it such clients wait.
  std::function<void(Socket, Peer)> on_no_descriptor;
  /// The pause after a failure that concerns the whole process and not just one client.
  actors::Duration back_off = std::chrono::milliseconds(100);
};

/// Accepts connections until it is cancelled or the acceptor is closed. The sockets are
/// non-blocking, without Nagle's delay. Keeps one descriptor back, for on_no_descriptor.
///
/// Cancel: terminal; the acceptor stays open, with those in its queue that nobody has accepted.
Awaitable<void> accept_loop(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks);

}  // namespace coppice::net
