#include "app/content/tag_store.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

/// The statements of one kind's link table.
struct LinkSql {
  std::string_view labels;
  std::string_view link;
  std::string_view unlink;
};

constexpr LinkSql kPostLinks = {
    .labels =
        "SELECT t.label FROM posts_tags l JOIN tags t ON t.id = l.tag_id "
        "WHERE l.post_id = ? ORDER BY t.label",
    .link =
        "INSERT INTO posts_tags (post_id, tag_id, inserted_at, updated_at) "
        "VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%S', 'now'), "
        "strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
    .unlink =
        "DELETE FROM posts_tags WHERE post_id = ? "
        "AND tag_id = (SELECT id FROM tags WHERE label = ?)",
};

constexpr LinkSql kProjectLinks = {
    .labels =
        "SELECT t.label FROM projects_tags l JOIN tags t ON t.id = l.tag_id "
        "WHERE l.project_id = ? ORDER BY t.label",
    .link =
        "INSERT INTO projects_tags (project_id, tag_id, inserted_at, updated_at) "
        "VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%S', 'now'), "
        "strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
    .unlink =
        "DELETE FROM projects_tags WHERE project_id = ? "
        "AND tag_id = (SELECT id FROM tags WHERE label = ?)",
};

const LinkSql& sql_of(Tagged kind) { return kind == Tagged::post ? kPostLinks : kProjectLinks; }

/// The tag's id; makes the tag if there is none.
Result<std::int64_t> tag_id(db::Connection& db, const std::string& label) {
  const auto found =
      db::query_value<std::int64_t>(db, "SELECT id FROM tags WHERE label = ?", label);
  if (!found) return std::unexpected(found.error());
  if (*found) return **found;
  const auto made = db.execute(
      "INSERT INTO tags (label, inserted_at, updated_at) VALUES (?, "
      "strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      label);
  if (!made) return std::unexpected(made.error());
  return db.last_insert_rowid();
}

std::vector<std::string> missing_from(const std::vector<std::string>& these,
                                      const std::vector<std::string>& those) {
  std::vector<std::string> missing;
  std::ranges::set_difference(those, these, std::back_inserter(missing));
  return missing;
}

}  // namespace

Result<std::vector<std::string>> tags_of(db::Connection& db, Tagged kind, std::int64_t id) {
  std::vector<std::string> labels;
  const auto read = db::for_each_row(
      db, [&labels](const db::Statement& row) { labels.push_back(row.get<std::string>(0)); },
      sql_of(kind).labels, id);
  if (!read) return std::unexpected(read.error());
  return labels;
}

Result<void> set_tags(db::Connection& db, Tagged kind, std::int64_t id,
                      const std::vector<std::string>& labels) {
  const auto present = tags_of(db, kind, id);
  if (!present) return std::unexpected(present.error());
  for (const std::string& label : missing_from(labels, *present)) {
    if (auto done = db.execute(sql_of(kind).unlink, id, label); !done) return done;
  }
  for (const std::string& label : missing_from(*present, labels)) {
    const auto tag = tag_id(db, label);
    if (!tag) return std::unexpected(tag.error());
    if (auto done = db.execute(sql_of(kind).link, id, *tag); !done) return done;
  }
  return {};
}

}  // namespace coppice::app::content
