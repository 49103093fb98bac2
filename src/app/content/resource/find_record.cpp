#include "app/content/resource/find_record.hpp"

#include <charconv>

#include <fmt/format.h>

#include "app/content/json_writer.hpp"
#include "app/content/resource/row_position.hpp"
#include "app/content/slug.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

/// Takes a row; whether there was one.
using Visit = std::function<void(const db::Statement& row)>;

template <class Argument>
Result<bool> visit_first(db::Connection& db, const std::string& select, std::string_view condition,
                         const Argument& argument, const Visit& visit) {
  bool found = false;
  const auto read = db::for_each_row(
      db,
      [&](const db::Statement& row) {
        found = true;
        visit(row);
        return false;
      },
      fmt::format("{} WHERE {}", select, condition), argument);
  if (!read) return std::unexpected(read.error());
  return found;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && id > 0 ? std::optional(id) : std::nullopt;
}

/// An underscore stands for itself or a hyphen. The slug was checked: it holds nothing else that
/// GLOB would take for a pattern.
std::string slug_pattern(std::string_view slug) {
  std::string pattern;
  for (const char c : slug) pattern += c == '_' ? std::string("[_-]") : std::string(1, c);
  return pattern;
}

/// Calls @p visit with the row that the address leads to: its name, its id, its slug with hyphens.
Result<bool> visit_at(db::Connection& db, const Table& table, const std::string& select,
                      std::string_view address, bool hidden_too, const Visit& visit) {
  const Resource& resource = table.resource();
  const std::string visible = hidden_too ? "true" : table.visible();
  if (resource.address != Address::id) {
    auto named = visit_first(db, select, fmt::format("{} AND p.{} = ?", visible, resource.named_by),
                             address, visit);
    if (!named || *named) return named;
  }
  if (const auto id = parse_id(address)) {
    auto numbered = visit_first(db, select, visible + " AND p.id = ?", *id, visit);
    if (!numbered || *numbered) return numbered;
  }
  const bool other_slugs =
      resource.address == Address::slug && address.contains('_') && is_valid_slug(address);
  if (!other_slugs) return false;
  return visit_first(
      db, select,
      fmt::format("{0} AND p.{1} GLOB ? ORDER BY p.{1} LIMIT 1", visible, resource.named_by),
      slug_pattern(address), visit);
}

void read_shown(const Table& table, const db::Statement& row, std::optional<ShownRecord>& shown) {
  JsonWriter json(8'192);
  table.write_shown(json.begin_object().key("data"), row);
  json.end_object();
  shown = ShownRecord{row.get<std::int64_t>(0), row.get<std::string>(row.column_count() - 1),
                      std::move(json).take()};
}

/// The declared fields as they are stored; the last column is the row's position.
std::string stored_select(const Table& table) {
  std::string sql = "SELECT p.id";
  for (const Field& field : table.resource().fields) sql += fmt::format(", p.{}", field.name);
  return sql + fmt::format(", {} FROM {} p", row_position_sql(table.resource().name),
                           table.resource().name);
}

}  // namespace

Result<std::optional<ShownRecord>> show_record(db::Connection& db, const Table& table,
                                               std::string_view address, bool hidden_too) {
  std::optional<ShownRecord> shown;
  const auto found = visit_at(db, table, table.show_select(), address, hidden_too,
                              [&](const db::Statement& row) { read_shown(table, row, shown); });
  if (!found) return std::unexpected(found.error());
  return shown;
}

Result<std::optional<ShownRecord>> show_record(db::Connection& db, const Table& table,
                                               std::int64_t id) {
  std::optional<ShownRecord> shown;
  const auto found = visit_first(db, table.show_select(), "p.id = ?", id,
                                 [&](const db::Statement& row) { read_shown(table, row, shown); });
  if (!found) return std::unexpected(found.error());
  return shown;
}

Result<std::optional<std::string>> show_listed(db::Connection& db, const Table& table,
                                               std::int64_t id) {
  std::optional<std::string> listed;
  const auto write = [&](const db::Statement& row) {
    JsonWriter json(2'048);
    table.write_listed(json, row);
    listed = std::move(json).take();
  };
  const auto found = visit_first(db, table.list_select(), "p.id = ?", id, write);
  if (!found) return std::unexpected(found.error());
  return listed;
}

Result<std::optional<StoredRecord>> load_record(db::Connection& db, const Table& table,
                                                std::string_view address, bool hidden_too) {
  std::optional<StoredRecord> stored;
  const auto read = [&](const db::Statement& row) {
    stored.emplace();
    stored->id = row.get<std::int64_t>(0);
    stored->etag = row.get<std::string>(row.column_count() - 1);
    int column = 0;
    for (const Field& field : table.resource().fields) {
      stored->record.set(field.name, db::column_value(row, ++column));
    }
  };
  const auto found = visit_at(db, table, stored_select(table), address, hidden_too, read);
  if (!found) return std::unexpected(found.error());
  return stored;
}

Result<std::optional<std::string>> etag_of_record(db::Connection& db, const Table& table,
                                                  std::int64_t id) {
  return db::query_value<std::string>(
      db,
      fmt::format("SELECT {} FROM {} p WHERE p.id = ?", row_position_sql(table.resource().name),
                  table.resource().name),
      id);
}

}  // namespace coppice::app::content
