#include "app/content/import_source.hpp"

#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "app/content/resource/row_position.hpp"
#include "app/content/resources.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

using actors::Result;

ImportTarget target_of(const Post& post) { return {.table = posts_table(), .name = post.slug}; }

ImportTarget target_of(const Project& project) {
  return {.table = projects_table(), .name = project.name};
}

ImportTarget target_of(const Asset& asset) { return {.table = assets_table(), .name = asset.name}; }

Result<ImportState> import_state(db::Connection& db, const ImportTarget& target,
                                 std::string_view digest) {
  const Resource& resource = target.table.resource();
  const auto row = db::query_one<std::string, std::optional<std::string>>(
      db,
      fmt::format("SELECT i.record_position, (SELECT {} FROM {} p WHERE p.{} = i.name) "
                  "FROM coppice_imports i WHERE i.resource = ? AND i.name = ? AND i.digest = ?",
                  row_position_sql(resource.name), resource.name, resource.named_by),
      resource.name, target.name, digest);
  if (!row) return std::unexpected(row.error());
  if (!*row) return ImportState::fresh;
  const auto& [imported, present] = **row;
  return present == imported ? ImportState::imported : ImportState::edited;
}

Result<void> remember_import(db::Connection& db, const ImportTarget& target,
                             const ImportSource& source) {
  const Resource& resource = target.table.resource();
  return db.execute(fmt::format("INSERT OR REPLACE INTO coppice_imports "
                                "(resource, name, file, digest, record_position, imported_at) "
                                "SELECT ?1, ?2, ?3, ?4, {}, strftime('%Y-%m-%dT%H:%M:%S', 'now') "
                                "FROM {} p WHERE p.{} = ?2",
                                row_position_sql(resource.name), resource.name, resource.named_by),
                    resource.name, target.name, source.file, source.digest);
}

}  // namespace coppice::app::content
