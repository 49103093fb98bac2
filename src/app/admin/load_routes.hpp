#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/http/recent_requests.hpp"
#include "app/metrics/shard_lag.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What tells how busy the server is.
struct LoadParts {
  actors::Runtime& runtime;
  std::shared_ptr<const metrics::ShardLag> shards;
  std::shared_ptr<const http::RecentRequests> requests;
};

/// The shards, and who holds those that are stuck; the last requests.
[[nodiscard]] net::http::Routes load_routes(std::shared_ptr<Work> work, LoadParts parts);

}  // namespace coppice::app::admin
