#include "app/content/resource/row_position.hpp"

#include <fmt/format.h>

#include "db/query.hpp"

namespace coppice::app::content {

namespace {

constexpr std::string_view kText = "epoch || '.' || seq || iif(touch > 0, '.' || touch, '')";

}  // namespace

std::string row_position_sql(std::string_view resource) {
  return fmt::format(
      "coalesce((SELECT {} FROM coppice_row_positions r WHERE r.resource = '{}' AND r.id = p.id), "
      "'0')",
      kText, resource);
}

actors::Result<std::string> position_of_resources(db::Connection& db,
                                                  std::span<const std::string_view> resources) {
  static const std::string sql =
      fmt::format("SELECT {} FROM coppice_row_positions WHERE resource = ? AND id = 0", kText);
  std::string positions;
  for (const std::string_view resource : resources) {
    const auto position = db::query_value<std::string>(db, sql, resource);
    if (!position) return std::unexpected(position.error());
    if (!positions.empty()) positions += '-';
    positions += position->value_or("0");
  }
  return positions;
}

}  // namespace coppice::app::content
