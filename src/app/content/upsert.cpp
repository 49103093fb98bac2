#include "app/content/upsert.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "app/content/image_name.hpp"
#include "app/content/json_writer.hpp"
#include "app/content/tag_store.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

std::string headings_json(const std::vector<Heading>& headings) {
  JsonWriter json;
  json.begin_array();
  for (const Heading& heading : headings) {
    json.begin_object().key("link").string(heading.link).key("title").string(heading.title);
    json.key("level").integer(heading.level).end_object();
  }
  json.end_array();
  return std::move(json).take();
}

std::string strings_json(const std::vector<std::string>& strings) {
  JsonWriter json;
  json.strings(strings);
  return std::move(json).take();
}

/// The values in the order in which every statement about posts names its columns, the slug first.
auto columns_of(const Post& post) {
  return std::make_tuple(post.slug, post.title, post.body, post.raw_body, post.excerpt,
                         post.description, post.reading_time_minutes, post.is_draft,
                         post.published_at, headings_json(post.headings),
                         strings_json(post.permalinks));
}

auto columns_of(const Project& project) {
  return std::tie(project.name, project.url, project.description);
}

auto columns_of(const Asset& asset) {
  return std::tie(asset.name, asset.path, asset.data, asset.width_px, asset.height_px,
                  asset.content_type, asset.type, asset.lqip_hash);
}

/// The statements of one kind. Parameter 1 is what names the record.
struct Sql {
  std::string_view compare;  ///< → id, whether all columns are the same
  std::string_view insert;
  std::string_view update;
};

constexpr Sql sql_of(const Post&) {
  return {
      .compare =
          "SELECT id, title = ?2 AND body = ?3 AND raw_body = ?4 AND excerpt IS ?5 "
          "AND description IS ?6 AND reading_time_minutes = ?7 AND is_draft = ?8 "
          "AND published_at IS ?9 AND headings = ?10 AND permalinks IS ?11 "
          "FROM posts WHERE slug = ?1",
      .insert =
          "INSERT INTO posts (slug, title, body, raw_body, excerpt, description, "
          "reading_time_minutes, is_draft, published_at, headings, permalinks, "
          "inserted_at, updated_at) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
          "strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      .update =
          "UPDATE posts SET title = ?2, body = ?3, raw_body = ?4, excerpt = ?5, "
          "description = ?6, reading_time_minutes = ?7, is_draft = ?8, published_at = ?9, "
          "headings = ?10, permalinks = ?11, "
          "updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') WHERE slug = ?1",
  };
}

constexpr Sql sql_of(const Project&) {
  return {
      .compare = "SELECT id, url = ?2 AND description = ?3 FROM projects WHERE name = ?1",
      .insert =
          "INSERT INTO projects (name, url, description, inserted_at, updated_at) "
          "VALUES (?1, ?2, ?3, "
          "strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      .update =
          "UPDATE projects SET url = ?2, description = ?3, "
          "updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') WHERE name = ?1",
  };
}

constexpr Sql sql_of(const Asset&) {
  return {
      .compare =
          "SELECT id, path = ?2 AND data = ?3 AND width = ?4 AND height = ?5 "
          "AND content_type = ?6 AND type = ?7 AND lqip_hash IS ?8 "
          "FROM assets WHERE name = ?1",
      .insert =
          "INSERT INTO assets (name, path, data, width, height, content_type, type, "
          "lqip_hash, inserted_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
          "strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      .update =
          "UPDATE assets SET path = ?2, data = ?3, width = ?4, height = ?5, "
          "content_type = ?6, type = ?7, lqip_hash = ?8, "
          "updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') WHERE name = ?1",
  };
}

template <class Record>
Result<void> run(db::Connection& db, std::string_view sql, const Record& record) {
  return std::apply([&](const auto&... columns) { return db.execute(sql, columns...); },
                    columns_of(record));
}

/// Compares the record's own columns.
template <class Record>
Result<Change> compare_columns(db::Connection& db, const Record& record) {
  const auto row = std::apply(
      [&](const auto&... columns) {
        return db::query_one<std::int64_t, bool>(db, sql_of(record).compare, columns...);
      },
      columns_of(record));
  if (!row) return std::unexpected(row.error());
  if (!*row) return Change{.id = 0, .outcome = Outcome::created};
  const auto [id, same] = **row;
  return Change{.id = id, .outcome = same ? Outcome::unchanged : Outcome::updated};
}

template <class Record>
Result<Change> compare_tagged(db::Connection& db, Tagged kind, const Record& record) {
  auto change = compare_columns(db, record);
  if (!change || change->outcome != Outcome::unchanged) return change;
  const auto tags = tags_of(db, kind, change->id);
  if (!tags) return std::unexpected(tags.error());
  if (*tags != record.tags) change->outcome = Outcome::updated;
  return change;
}

/// Does what a comparison found to be due.
template <class Record>
Result<Change> write(db::Connection& db, const Record& record, Result<Change> due) {
  if (!due || due->outcome == Outcome::unchanged) return due;
  const bool create = due->outcome == Outcome::created;
  const Sql sql = sql_of(record);
  if (auto done = run(db, create ? sql.insert : sql.update, record); !done) {
    return std::unexpected(done.error());
  }
  if (create) due->id = db.last_insert_rowid();
  return due;
}

template <class Record>
Result<Change> upsert_tagged(db::Connection& db, Tagged kind, const Record& record) {
  auto change = write(db, record, compare_tagged(db, kind, record));
  if (!change || change->outcome == Outcome::unchanged) return change;
  if (auto done = set_tags(db, kind, change->id, record.tags); !done) {
    return std::unexpected(done.error());
  }
  return change;
}

}  // namespace

Result<Change> compare(db::Connection& db, const Post& post) {
  return compare_tagged(db, Tagged::post, post);
}

Result<Change> compare(db::Connection& db, const Project& project) {
  return compare_tagged(db, Tagged::project, project);
}

Result<Change> compare(db::Connection& db, const Asset& asset) {
  return compare_columns(db, asset);
}

Result<Change> upsert(db::Connection& db, const Post& post) {
  return upsert_tagged(db, Tagged::post, post);
}

Result<Change> upsert(db::Connection& db, const Project& project) {
  return upsert_tagged(db, Tagged::project, project);
}

Result<Change> upsert(db::Connection& db, const Asset& asset) {
  return write(db, asset, compare(db, asset));
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
