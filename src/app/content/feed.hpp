#pragma once

#include <string>

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

struct FeedOptions {
  std::string title;      ///< Of the channel.
  std::string site_url;   ///< "https://example.com", without a slash at its end.
  std::string posts_url;  ///< What a slug is put behind: "https://example.com/posts/".
};

struct Feed {
  std::string xml;
  std::string etag;  ///< Without quotes: another one for every other document.
};

/// The newest 50 published posts that have a date as RSS 2.0.
/// Errors: those of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<Feed> make_feed(db::Connection& db, const FeedOptions& options);

}  // namespace coppice::app::content
