#pragma once

#include <cstddef>

#include "net/websocket/frame.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::net::websocket {

/// Where the frames for one client go: a WebSocket, or the messages of a long poll.
///
/// Thread: the connection's shard.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  /// Must not call back into who sends.
  virtual void send(const Frame& frame) = 0;

  /// The same for a frame that may be left out for a client that reads too slowly.
  virtual void offer(const Frame& frame, Shed /*shed*/) { send(frame); }

  /// Between these two calls frames may wait, to leave together with the second.
  virtual void cork() noexcept {}
  virtual void uncork() noexcept {}

  /// Bytes that wait for the client.
  [[nodiscard]] virtual std::size_t queued_bytes() const noexcept { return 0; }
};

}  // namespace coppice::net::websocket
