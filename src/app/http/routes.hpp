#pragma once

#include <memory>
#include <optional>

#include "app/http/api.hpp"
#include "net/http/handler.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// What the routes lead to. Empty for whoever only looks at the table, as `coppice routes` does.
struct Destinations {
  std::shared_ptr<const ApiContext> api{};
  net::http::UpgradeHandler websocket{};
  /// What requests that write content pass; without it none are routed.
  std::optional<net::http::Pipeline> writers{};
};

/// The application's routing table.
[[nodiscard]] net::http::Routes routes(const Destinations& to);

}  // namespace coppice::app::http
