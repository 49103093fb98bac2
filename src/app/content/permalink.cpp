#include "app/content/permalink.hpp"

#include "db/query.hpp"

namespace coppice::app::content {

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
