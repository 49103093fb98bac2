#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "app/log_limit.hpp"
#include "db/database.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// What the HTTP API works with. Shared by all shards; constant but for `draining`.
struct ApiContext {
  db::Database database;
  std::string version;
  std::string region;
  std::atomic<bool> draining{false};  ///< The server stops: not ready for new work.
  /// For requests that failed, which clients could cause by the thousand.
  std::shared_ptr<LogLimit> failure_log = std::make_shared<LogLimit>(10, std::chrono::seconds(1));
};

/// `/api/health` and `/health`.
[[nodiscard]] net::http::Routes health_routes(const std::shared_ptr<const ApiContext>& context);

/// The content API without its prefix: posts, search.
[[nodiscard]] net::http::Routes content_routes(const std::shared_ptr<const ApiContext>& context);

}  // namespace coppice::app::http
