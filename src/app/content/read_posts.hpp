#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/content/list_request.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// What a client asks of a list of posts.
struct PostListRequest {
  int limit = kDefaultLimit;           ///< 1 to kMaxLimit.
  std::string cursor = {};             ///< "next" of the page before; empty for the first page.
  std::vector<std::string> tags = {};  ///< Labels that a post must all carry.
};

/// Whether that can be asked. Errors: invalid_argument for a cursor that no page gave, a limit out
/// of range, more than ten tags.
[[nodiscard]] actors::Result<void> validate(const PostListRequest& request);

/// One page of the published posts, newest first, those without a date last, as
/// {"data":[…],"page":{"next":…}}; the posts come without body and raw_body.
///
/// Errors: those of validate(), and of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<std::string> list_posts(db::Connection& db,
                                                     const PostListRequest& request);

/// The published post with this slug as {"data":{…}}; nothing when there is none, or only a draft.
/// An underscore in @p slug matches a hyphen too, if no post has exactly this slug.
/// Thread: that of @p db.
[[nodiscard]] actors::Result<std::optional<std::string>> show_post(db::Connection& db,
                                                                   std::string_view slug);

}  // namespace coppice::app::content
