#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/content/list_request.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

struct SearchRequest {
  std::string query;          ///< Whatever a person typed; see search_query.hpp.
  int limit = kDefaultLimit;  ///< 1 to kMaxLimit.
  std::string cursor = {};    ///< "next" of the page before; empty for the first page.
};

/// Whether that can be asked. Errors: invalid_argument for a cursor that no page gave and a limit
/// out of range.
[[nodiscard]] actors::Result<void> validate(const SearchRequest& request);

/// Published posts and projects that match, the best first, as {"data":[…],"page":{"next":…}}.
///
/// Each has its kind ("post" or "project"), id, title, and a snippet: HTML in which only <mark>
/// around the words that matched is a tag; a post has its slug and published_at, a project its url.
/// A query with nothing to search for has no results.
///
/// Errors: those of validate(), and of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<std::string> search(db::Connection& db, const SearchRequest& request);

}  // namespace coppice::app::content
