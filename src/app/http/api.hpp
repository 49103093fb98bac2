#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "app/changes/follower.hpp"
#include "app/changes/stream_seats.hpp"
#include "app/content/resources.hpp"
#include "app/jobs/image_converter.hpp"
#include "app/jobs/importer.hpp"
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
  std::string host{};                     ///< The public one, if it is known.
  std::string posts_url = "/api/posts/";  ///< Where people read posts; a slug is put behind it.
  std::shared_ptr<const content::Catalogue> catalogue = content::content_catalogue();
  std::shared_ptr<actors::pubsub::Hub> hub{};  ///< Where the follower publishes.
  std::shared_ptr<changes::Follower::Slot> follower =
      std::make_shared<changes::Follower::Slot>("the follower of changes");
  std::shared_ptr<changes::StreamSeats> streams = std::make_shared<changes::StreamSeats>();
  std::shared_ptr<jobs::ImageConverter::Slot> images =
      std::make_shared<jobs::ImageConverter::Slot>("the conversion of images");
  std::shared_ptr<jobs::Importer::Slot> importer =
      std::make_shared<jobs::Importer::Slot>("the importer");  ///< Of CONTENT_PATH.
};

/// `/api/health` and `/health`.
[[nodiscard]] net::http::Routes health_routes(const std::shared_ptr<const ApiContext>& context);

}  // namespace coppice::app::http
