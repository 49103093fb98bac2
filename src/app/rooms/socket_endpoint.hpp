#pragma once

#include <memory>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "actors/time.hpp"
#include "app/accounts/accounts.hpp"
#include "app/config.hpp"
#include "app/rooms/realtime.hpp"
#include "net/channels/longpoll.hpp"
#include "net/http/handler.hpp"

namespace coppice::app::rooms {

/// The ways to the application's channels.
struct SocketTransports {
  net::http::UpgradeHandler websocket;
  std::shared_ptr<net::channels::LongPolls> polls;
};

/// @param drain_spread  Over how long a stopping server spreads the closing of its sockets.
/// Errors: invalid_argument for an origin in the configuration that can't be one.
[[nodiscard]] actors::Result<SocketTransports> socket_endpoint(actors::Runtime& runtime,
                                                               const Realtime& realtime,
                                                               accounts::Accounts accounts,
                                                               const Config& config,
                                                               actors::Duration drain_spread);

}  // namespace coppice::app::rooms
