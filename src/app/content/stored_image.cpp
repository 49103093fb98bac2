#include "app/content/stored_image.hpp"

#include <fmt/format.h>

#include "app/content/resource/row_position.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<std::optional<StoredImage>> find_stored_image(db::Connection& db, std::string_view name) {
  static const std::string sql = fmt::format(
      "SELECT id, {}, content_type FROM assets p WHERE name = ?", row_position_sql("assets"));
  auto row = db::query_one<std::int64_t, std::string, std::string>(db, sql, name);
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::nullopt;
  auto& [id, etag, content_type] = **row;
  return StoredImage{id, std::move(etag), std::move(content_type)};
}

Result<db::StoredBlob> open_stored_image(db::Connection& db, const StoredImage& image) {
  static const std::string sql =
      fmt::format("SELECT {} FROM assets p WHERE id = ?", row_position_sql("assets"));
  const auto etag = db::query_value<std::string>(db, sql, image.id);
  if (!etag) return std::unexpected(etag.error());
  if (*etag != image.etag) return fail(Errc::conflict, "the image has been changed or deleted");
  return db::StoredBlob::open(db, {.table = "assets", .column = "data", .rowid = image.id});
}

}  // namespace coppice::app::content
