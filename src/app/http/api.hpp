#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "app/log_limit.hpp"
#include "db/database.hpp"
#include "net/http/router.hpp"

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

/// The routes of the public JSON API: health, posts, search.
[[nodiscard]] std::vector<net::http::Route> api_routes(std::shared_ptr<const ApiContext> context);

}  // namespace coppice::app::http
