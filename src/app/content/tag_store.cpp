#include "app/content/tag_store.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

std::string labels_sql(const TagLink& link) {
  return fmt::format(
      "SELECT t.label FROM {} l JOIN tags t ON t.id = l.tag_id WHERE l.{} = ? ORDER BY t.label",
      link.table, link.column);
}

std::string link_sql(const TagLink& link) {
  return fmt::format(
      "INSERT INTO {} ({}, tag_id, inserted_at, updated_at) VALUES (?, ?, "
      "strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      link.table, link.column);
}

std::string unlink_sql(const TagLink& link) {
  return fmt::format(
      "DELETE FROM {} WHERE {} = ? AND tag_id = (SELECT id FROM tags WHERE label = ?)", link.table,
      link.column);
}

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

Result<std::vector<std::string>> tags_of(db::Connection& db, const TagLink& link, std::int64_t id) {
  std::vector<std::string> labels;
  const auto read = db::for_each_row(
      db, [&labels](const db::Statement& row) { labels.push_back(row.get<std::string>(0)); },
      labels_sql(link), id);
  if (!read) return std::unexpected(read.error());
  return labels;
}

Result<void> set_tags(db::Connection& db, const TagLink& link, std::int64_t id,
                      const std::vector<std::string>& labels) {
  const auto present = tags_of(db, link, id);
  if (!present) return std::unexpected(present.error());
  for (const std::string& label : missing_from(labels, *present)) {
    if (auto done = db.execute(unlink_sql(link), id, label); !done) return done;
  }
  for (const std::string& label : missing_from(*present, labels)) {
    const auto tag = tag_id(db, label);
    if (!tag) return std::unexpected(tag.error());
    if (auto done = db.execute(link_sql(link), id, *tag); !done) return done;
  }
  return {};
}

}  // namespace coppice::app::content
