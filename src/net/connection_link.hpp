#pragma once

#include "actors/pid.hpp"

namespace coppice::net {

/// What ties a connection's protocol to the actor behind it: the actor's address, for whoever
/// sends to the client.
///
/// Thread: the connection's shard.
struct ConnectionLink {
  actors::Pid actor;
};

}  // namespace coppice::net
