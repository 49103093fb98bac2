#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/content/list_request.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

struct SearchRequest {
  std::string query;          ///< Whatever a person typed; see search_query.hpp.
  int limit = kDefaultLimit;  ///< 1 to kMaxLimit.
  /// "next" of the page before; empty for the first page. It counts hits: ranks are no place to go
  /// on from, as each depends on all that is indexed and moves with every write.
  std::string cursor = {};
};

/// Whether that can be asked. Errors: invalid_argument for a cursor that no page gave and a limit
/// out of range.
[[nodiscard]] actors::Result<void> validate(const SearchRequest& request);

/// Records of all resources that can be searched, the best match first, as
/// {"data":[…],"page":{"next":…}}; hidden ones are not among them.
///
/// Each has its kind ("post"), id, title, a snippet: HTML in which only <mark> around the words
/// that matched is a tag; and what its resource declares, such as a slug. A query with nothing to
/// search for has no results.
///
/// Errors: those of validate(), and of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<std::string> search(db::Connection& db, const Catalogue& catalogue,
                                                 const SearchRequest& request);

}  // namespace coppice::app::content
