#pragma once

#include <functional>
#include <string>

#include "app/cluster/wire.hpp"

namespace coppice::app::cluster {

/// How a NATS server is reached.
struct NatsAddress {
  std::string url;      ///< "nats://127.0.0.1:4222", "tls://user:password@nats.example:4222".
  std::string token{};  ///< What it asks for; empty for nothing.
};

/// A connection to NATS, which is made again whenever it is lost.
/// @param address  Asked for each wire.
/// @param name     What the server's operators see.
[[nodiscard]] OpenWire open_nats(std::function<actors::Result<NatsAddress>()> address,
                                 std::string name);

/// Whether a NATS server answers. Blocks, for 2 s at the most. Errors: unavailable, with the
/// reason.
[[nodiscard]] actors::Result<void> ping_nats(const NatsAddress& address);

}  // namespace coppice::app::cluster
