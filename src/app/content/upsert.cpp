#include "app/content/upsert.hpp"

#include <optional>
#include <string>
#include <tuple>

#include "app/content/image_name.hpp"
#include "app/content/resource/upsert_record.hpp"
#include "app/content/resources.hpp"
#include "app/content/stored.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

using actors::Result;

Result<Change> compare(db::Connection& db, const Post& post) {
  return compare_record(db, posts_table(), record_of(post), post.tags);
}

Result<Change> compare(db::Connection& db, const Project& project) {
  return compare_record(db, projects_table(), record_of(project), project.tags);
}

Result<Change> compare(db::Connection& db, const Asset& asset) {
  return compare_record(db, assets_table(), record_of(asset), {});
}

Result<Change> upsert(db::Connection& db, const Post& post) {
  return upsert_record(db, posts_table(), record_of(post), post.tags);
}

Result<Change> upsert(db::Connection& db, const Project& project) {
  return upsert_record(db, projects_table(), record_of(project), project.tags);
}

Result<Change> upsert(db::Connection& db, const Asset& asset) {
  return upsert_record(db, assets_table(), record_of(asset), {});
}

Result<std::optional<ImageInfo>> find_image(db::Connection& db, std::string_view name) {
  const auto row = db::query_one<std::int64_t, std::int64_t, std::optional<std::int64_t>>(
      db, "SELECT width, height, lqip_hash FROM assets WHERE name = ?", name);
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const auto [width, height, placeholder] = **row;
  return ImageInfo{.url = image_url(name),
                   .width_px = static_cast<int>(width),
                   .height_px = static_cast<int>(height),
                   .placeholder = placeholder};
}

}  // namespace coppice::app::content
