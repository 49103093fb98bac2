#include "app/content/permalink.hpp"

#include <algorithm>

#include "db/query.hpp"

namespace coppice::app::content {

bool is_valid_permalink(std::string_view text) noexcept {
  return !text.empty() && text.find_first_of("/?#") == std::string_view::npos &&
         std::ranges::find(kServersOwnPaths, text) == kServersOwnPaths.end();
}

actors::Result<std::optional<std::string>> slug_of_permalink(db::Connection& db,
                                                             std::string_view permalink) {
  return db::query_value<std::string>(
      db,
      "SELECT slug FROM posts WHERE permalinks <> '[]' AND NOT is_draft AND EXISTS "
      "(SELECT 1 FROM json_each(iif(json_valid(permalinks), permalinks, '[]')) WHERE value = ?) "
      "ORDER BY slug LIMIT 1",
      permalink);
}

}  // namespace coppice::app::content
