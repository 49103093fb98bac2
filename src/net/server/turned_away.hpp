#pragma once

#include <cstddef>
#include <memory>

#include "net/http/status.hpp"
#include "net/io.hpp"

namespace coppice::net::server {

/// The clients of one shard for whom there is no room: each is told so, with 503, or 429 if he has
/// taken it all himself, and has a moment to read it. Closing at once, with the request unread,
/// would reset the connection and take the answer away.
///
/// Thread: its shard, whose io_context may outlive it.
class TurnedAway {
 public:
  /// Tells a client so and closes when it has, or after two seconds. With many of them at it, as
  /// tell_and_close().
  void tell(Socket socket, http::Status status);

  /// Tells a client so and closes before it returns: for when the descriptor is needed. What the
  /// client sends later resets the connection.
  static void tell_and_close(Socket socket, http::Status status);

 private:
  // Shared with those who linger, who may be the last to go.
  std::shared_ptr<std::size_t> lingering_ = std::make_shared<std::size_t>(0);
};

}  // namespace coppice::net::server
