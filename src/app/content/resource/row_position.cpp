#include "app/content/resource/row_position.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "db/query.hpp"

namespace coppice::app::content {

namespace {

// The rows of a resource: as a whole, and what the public sees of it, if anything is hidden.
constexpr std::int64_t kWhole = 0;
constexpr std::int64_t kPublicPart = -1;

constexpr std::string_view kText = "epoch || '.' || seq || iif(touch > 0, '.' || touch, '')";

}  // namespace

std::string row_position_sql(std::string_view resource) {
  return fmt::format(
      "coalesce((SELECT {} FROM coppice_row_positions r WHERE r.resource = '{}' AND r.id = p.id), "
      "'0')",
      kText, resource);
}

actors::Result<std::string> position_of_resources(db::Connection& db,
                                                  std::span<const std::string_view> resources,
                                                  bool hidden_too) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM coppice_row_positions WHERE resource = ? AND id BETWEEN ? AND 0 "
      "ORDER BY id LIMIT 1",
      kText);
  const std::int64_t first = hidden_too ? kWhole : kPublicPart;
  std::string positions;
  for (const std::string_view resource : resources) {
    const auto position = db::query_value<std::string>(db, sql, resource, first);
    if (!position) return std::unexpected(position.error());
    if (!positions.empty()) positions += '-';
    positions += position->value_or("0");
  }
  return positions;
}

}  // namespace coppice::app::content
