#pragma once

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "actors/time.hpp"
#include "app/config.hpp"
#include "app/rooms/realtime.hpp"
#include "net/http/handler.hpp"

namespace coppice::app::rooms {

/// The WebSocket endpoint of the application's channels.
///
/// @param drain_spread  Over how long a stopping server spreads the closing of its sockets.
/// Errors: invalid_argument for an origin in the configuration that can't be one.
[[nodiscard]] actors::Result<net::http::UpgradeHandler> socket_endpoint(
    actors::Runtime& runtime, const Realtime& realtime, const Config& config,
    actors::Duration drain_spread);

}  // namespace coppice::app::rooms
