#pragma once

#include <cstddef>
#include <memory>

#include "net/io.hpp"

namespace coppice::net::server {

/// The clients of one shard for whom there is no room: each is told 503 and has a moment to read
/// it. Closing at once, with the request unread, would reset the connection and take the answer
/// away.
///
/// Thread: its shard, whose io_context may outlive it.
class TurnedAway {
 public:
  /// Tells a client so and closes when it has, or after two seconds. With many of them at it, as
  /// tell_and_close().
  void tell(Socket socket);

  /// Tells a client so and closes before it returns: for when the descriptor is needed. What the
  /// client sends later resets the connection.
  static void tell_and_close(Socket socket);

 private:
  // Shared with those who linger, who may be the last to go.
  std::shared_ptr<std::size_t> lingering_ = std::make_shared<std::size_t>(0);
};

}  // namespace coppice::net::server
