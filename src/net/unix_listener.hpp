#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>

#include "actors/result.hpp"
#include "net/io.hpp"

namespace coppice::net {

using UnixAcceptor =
    boost::asio::basic_socket_acceptor<boost::asio::local::stream_protocol, Executor>;

/// Listens on a Unix domain socket that only this user may use (mode 0600).
///
/// A socket file that nobody listens on any more is replaced; a live one is not.
///
/// Errors: `invalid_argument` (the path is too long), `conflict` (another process listens there),
/// `io_error`; the context has the path and what to do.
[[nodiscard]] actors::Result<UnixAcceptor> listen_unix(const Executor& executor,
                                                       const std::string& path);

/// Whose program is at the other end, as the kernel knew it when it connected (SO_PEERCRED).
struct UnixPeer {
  bool is_ours = false;  ///< This process's user's, or root's; a stranger is told so, nothing else.
  std::uint32_t uid = 0;
  std::int32_t pid = 0;  ///< 0 for one that can't be seen from here, as in another container.
};

/// Accepts until it is cancelled.
///
/// Cancel: terminal.
Awaitable<void> accept_unix(UnixAcceptor acceptor,
                            std::function<void(Socket, UnixPeer)> on_connection);

}  // namespace coppice::net
