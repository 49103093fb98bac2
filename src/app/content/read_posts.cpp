#include "app/content/read_posts.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>

#include <fmt/format.h>

#include "app/content/json_time.hpp"
#include "app/content/json_writer.hpp"
#include "app/content/slug.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kMaxTags = 10;

// "NOT is_draft" rather than "is_draft = 0": nearly every post is published, and the index on
// is_draft would make SQLite sort them all instead of walking the index on published_at.
constexpr std::string_view kListColumns =
    "SELECT p.id, p.title, p.slug, p.excerpt, p.description, p.reading_time_minutes, p.is_draft, "
    "p.published_at, p.headings, p.permalinks, p.inserted_at, p.updated_at, "
    "(SELECT json_group_array(label) FROM (SELECT t.label FROM posts_tags l "
    "JOIN tags t ON t.id = l.tag_id WHERE l.post_id = p.id ORDER BY t.label))";
constexpr int kBodyColumn = 13;

/// The place of a post in the order of the list.
struct Position {
  std::string published_at;  ///< Empty for a post without a date.
  std::int64_t id = 0;
};

/// "2025-12-30T15:16:00_42"; what needs no escape in an address, and can be read in a log.
std::string to_cursor(const Position& position) {
  return fmt::format("{}_{}", position.published_at, position.id);
}

Result<Position> parse_cursor(std::string_view cursor) {
  const std::size_t bar = cursor.rfind('_');
  Position position;
  if (bar != std::string_view::npos) {
    position.published_at = cursor.substr(0, bar);
    const std::string_view id = cursor.substr(bar + 1);
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), position.id);
    if (error == std::errc{} && end == id.data() + id.size() && position.id > 0) return position;
  }
  return fail(Errc::invalid_argument, "the cursor is not one that this list gave");
}

/// Checks a request and gives the place behind which its page starts; none for the first page.
Result<std::optional<Position>> start_of(const PostListRequest& request) {
  if (request.limit < 1 || request.limit > kMaxLimit) {
    return fail(Errc::invalid_argument, "limit must be a whole number from 1 to 100");
  }
  if (request.tags.size() > kMaxTags) {
    return fail(Errc::invalid_argument, fmt::format("at most {} tags can be given", kMaxTags));
  }
  if (request.cursor.empty()) return std::nullopt;
  return parse_cursor(request.cursor);
}

/// What the database keeps as JSON goes out as it is; a row that another program left without
/// gives an empty list.
std::string_view json_list(std::string_view stored) {
  const bool is_list = stored.size() >= 2 && stored.front() == '[' && stored.back() == ']';
  return is_list ? stored : "[]";
}

using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;

void write_text(JsonWriter& json, const db::Statement& row, int column) {
  const auto text = row.get<MaybeText>(column);
  text ? json.string(*text) : json.null();
}

void write_post(JsonWriter& json, const db::Statement& row) {
  json.begin_object();
  json.key("id").integer(row.get<std::int64_t>(0));
  json.key("title").string(row.get<Text>(1));
  json.key("slug").string(row.get<Text>(2));
  write_text(json.key("excerpt"), row, 3);
  write_text(json.key("description"), row, 4);
  json.key("reading_time_minutes").integer(row.get<std::int64_t>(5));
  json.key("is_draft").boolean(row.get<bool>(6));
  write_time(json.key("published_at"), row.get<MaybeText>(7));
  json.key("headings").raw(json_list(row.get<Text>(8)));
  json.key("permalinks").raw(json_list(row.get<Text>(9)));
  json.key("tags").raw(row.get<Text>(12));
  if (row.column_count() > kBodyColumn) {
    json.key("body").string(row.get<Text>(kBodyColumn));
    json.key("raw_body").string(row.get<Text>(kBodyColumn + 1));
  }
  write_time(json.key("inserted_at"), row.get<MaybeText>(10));
  write_time(json.key("updated_at"), row.get<MaybeText>(11));
  json.end_object();
}

Position position_of(const db::Statement& row) {
  return {.published_at = row.get<std::string>(7), .id = row.get<std::int64_t>(0)};
}

/// The statement's text depends only on which parts it has, so that few are ever compiled.
std::string list_sql(const std::optional<Position>& after, bool tagged) {
  std::string sql = fmt::format("{} FROM posts p WHERE NOT p.is_draft", kListColumns);
  if (after && after->published_at.empty()) {
    sql += " AND p.published_at IS NULL AND p.id < :id";
  } else if (after) {
    sql += " AND ((p.published_at, p.id) < (:at, :id) OR p.published_at IS NULL)";
  }
  if (tagged) {
    sql +=
        " AND p.id IN (SELECT l.post_id FROM posts_tags l JOIN tags t ON t.id = l.tag_id "
        "WHERE t.label IN (SELECT value FROM json_each(:tags)) "
        "GROUP BY l.post_id HAVING count(*) = :tag_count)";
  }
  return sql + " ORDER BY p.published_at DESC, p.id DESC LIMIT :limit";
}

Result<void> bind_list(db::Statement& statement, const PostListRequest& request,
                       const std::optional<Position>& after) {
  auto done = statement.bind(":limit", request.limit + 1);
  if (done && after) done = statement.bind(":id", after->id);
  if (done && after && !after->published_at.empty()) {
    done = statement.bind(":at", after->published_at);
  }
  if (!done || request.tags.empty()) return done;
  auto tags = request.tags;
  std::ranges::sort(tags);
  const auto repeated = std::ranges::unique(tags);
  tags.erase(repeated.begin(), repeated.end());
  JsonWriter labels;
  labels.strings(tags);
  done = statement.bind(":tags", std::move(labels).take());
  return done ? statement.bind(":tag_count", tags.size()) : done;
}

/// Writes the rows up to the limit and returns where the next page starts, if there is one.
Result<std::optional<Position>> write_page(JsonWriter& json, db::Statement& statement, int limit) {
  Position last;
  for (int written = 0;; ++written) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    if (written == limit) return last;
    write_post(json, statement);
    last = position_of(statement);
  }
}

/// An underscore stands for itself or a hyphen. The slug was checked: it holds nothing else that
/// GLOB would take for a pattern.
std::string slug_pattern(std::string_view slug) {
  std::string pattern;
  for (const char c : slug) pattern += c == '_' ? std::string("[_-]") : std::string(1, c);
  return pattern;
}

Result<std::optional<std::string>> show_first(db::Connection& db, std::string_view condition,
                                              std::string_view argument) {
  JsonWriter json;
  bool found = false;
  const auto read = db::for_each_row(
      db,
      [&](const db::Statement& row) {
        found = true;
        write_post(json.begin_object().key("data"), row);
        json.end_object();
        return false;
      },
      fmt::format("{}, p.body, p.raw_body FROM posts p WHERE NOT p.is_draft AND {}", kListColumns,
                  condition),
      argument);
  if (!read) return std::unexpected(read.error());
  if (!found) return std::nullopt;
  return std::move(json).take();
}

}  // namespace

Result<void> validate(const PostListRequest& request) {
  const auto after = start_of(request);
  if (!after) return std::unexpected(after.error());
  return {};
}

Result<std::string> list_posts(db::Connection& db, const PostListRequest& request) {
  const auto after = start_of(request);
  if (!after) return std::unexpected(after.error());
  auto statement = db.prepare(list_sql(*after, !request.tags.empty()));
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_list(*statement, request, *after); !bound) {
    return std::unexpected(bound.error());
  }
  JsonWriter json(16'384);
  json.begin_object().key("data").begin_array();
  const auto next = write_page(json, *statement, request.limit);
  if (!next) return std::unexpected(next.error());
  json.end_array().key("page").begin_object().key("next");
  *next ? json.string(to_cursor(**next)) : json.null();
  json.end_object().end_object();
  return std::move(json).take();
}

Result<std::optional<std::string>> show_post(db::Connection& db, std::string_view slug) {
  if (!is_valid_slug(slug)) return std::nullopt;
  auto exact = show_first(db, "p.slug = ?", slug);
  if (!exact || *exact || !slug.contains('_')) return exact;
  return show_first(db, "p.slug GLOB ? ORDER BY p.slug LIMIT 1", slug_pattern(slug));
}

}  // namespace coppice::app::content
