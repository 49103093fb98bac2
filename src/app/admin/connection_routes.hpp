#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/rooms/realtime.hpp"
#include "net/http/route.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::app::admin {

/// What operators' questions about clients need.
struct ConnectionParts {
  actors::Runtime& runtime;
  std::shared_ptr<const net::server::HttpEndpoint> endpoint;
  rooms::Realtime realtime;
};

/// Connections, channels, topics and presence; and the end of connections and channels.
[[nodiscard]] net::http::Routes connection_routes(std::shared_ptr<Work> work,
                                                  ConnectionParts parts);

}  // namespace coppice::app::admin
