#include "app/content/resource/table.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/content/json_time.hpp"
#include "app/content/resource/row_position.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

using MaybeText = std::optional<std::string_view>;

/// What the database keeps as JSON goes out as it is; a row that another program left without
/// gives an empty list.
std::string_view json_list(std::string_view stored) {
  const bool is_list = stored.size() >= 2 && stored.front() == '[' && stored.back() == ']';
  return is_list ? stored : "[]";
}

void write_value(JsonWriter& json, FieldType type, const db::Statement& row, int column) {
  if (type == FieldType::strings || type == FieldType::json) {
    json.raw(json_list(row.get<std::string_view>(column)));
    return;
  }
  if (row.is_null(column)) {
    json.null();
    return;
  }
  switch (type) {
    case FieldType::text: json.string(row.get<std::string_view>(column)); break;
    case FieldType::time: write_time(json, row.get<MaybeText>(column)); break;
    case FieldType::boolean: json.boolean(row.get<bool>(column)); break;
    default: json.integer(row.get<std::int64_t>(column)); break;
  }
}

void write_row(JsonWriter& json, const std::vector<OutColumn>& columns, const db::Statement& row) {
  json.begin_object();
  int at = 0;
  for (const OutColumn& column : columns) {
    json.key(column.name);
    write_value(json, column.type, row, at++);
  }
  json.end_object();
}

std::string labels_sql(const TagLink& link) {
  return fmt::format(
      "(SELECT json_group_array(label) FROM (SELECT t.label FROM {0} l "
      "JOIN tags t ON t.id = l.tag_id WHERE l.{1} = p.id ORDER BY t.label))",
      link.table, link.column);
}

std::string visible_sql(const Resource& resource) {
  if (!resource.hidden_when.empty()) return fmt::format("NOT p.{}", resource.hidden_when);
  return resource.visible_when.empty() ? "true" : fmt::format("({})", resource.visible_when);
}

}  // namespace

Table::Table(Resource resource) : resource_(std::move(resource)) {
  check();
  visible_ = visible_sql(resource_);
  list_depends_on_.push_back(resource_.name);
  for (const Computed& computed : resource_.computed) {
    list_depends_on_.insert(list_depends_on_.end(), computed.depends_on.begin(),
                            computed.depends_on.end());
  }
  make_columns();
  if (resource_.search) make_search();
  if (const auto sort = parse_sort({}); !sort) throw std::logic_error(sort.error().context);
}

void Table::check() const {
  const auto wrong = [this](std::string_view what, std::string_view name) {
    throw std::logic_error(fmt::format("resource {}: {} \"{}\"", resource_.name, what, name));
  };
  const auto need = [&](std::string_view what, std::string_view name) {
    if (resource_.field(name) == nullptr) wrong(what, name);
  };
  if (resource_.name.empty() || resource_.singular.empty()) wrong("lacks a name", resource_.name);
  if (!resource_.named_by.empty()) need("is named by no field", resource_.named_by);
  if (resource_.address != Address::id) need("is addressed by no field", resource_.named_by);
  if (!resource_.hidden_when.empty()) need("is hidden by no field", resource_.hidden_when);
  if (!resource_.hidden_when.empty() && !resource_.visible_when.empty()) {
    wrong("is hidden in two ways, one of them", resource_.hidden_when);
  }
  for (const Field& field : resource_.fields) {
    if (std::ranges::count(resource_.fields, field.name, &Field::name) > 1) {
      wrong("has two fields", field.name);
    }
    if (field.sortable && !field.in_lists) wrong("sorts lists by what isn't in them", field.name);
  }
  if (!resource_.search) return;
  need("has results with the title", resource_.search->title);
  for (const std::string_view field : resource_.search->fields) need("shows results by", field);
  if (resource_.search->snippet >= resource_.search->columns.size()) {
    wrong("has no such column for snippets in", resource_.search->table);
  }
}

std::string_view Table::hidden_fact() const noexcept {
  if (!resource_.visible_when.empty()) return "is_hidden";
  return resource_.hidden_when;
}

void Table::make_columns() {
  const auto add = [this](OutColumn column, bool in_lists) {
    if (in_lists) list_columns_.push_back(column);
    show_columns_.push_back(column);
  };
  add({"id", FieldType::integer}, true);
  for (const Field& field : resource_.fields) add({field.name, field.type}, field.in_lists);
  if (resource_.tags) add({kTags, FieldType::json}, true);
  for (const Computed& computed : resource_.computed) {
    list_columns_.push_back({computed.name, FieldType::integer});
  }
  add({"inserted_at", FieldType::time}, true);
  add({"updated_at", FieldType::time}, true);
  list_select_ = fmt::format("{} FROM {} p", select(list_columns_), resource_.name);
  show_select_ = fmt::format("{}, {} FROM {} p", select(show_columns_),
                             row_position_sql(resource_.name), resource_.name);
}

std::string Table::select(const std::vector<OutColumn>& columns) const {
  std::string sql = "SELECT ";
  for (const OutColumn& column : columns) {
    if (&column != &columns.front()) sql += ", ";
    const auto computed = std::ranges::find(resource_.computed, column.name, &Computed::name);
    if (resource_.tags && column.name == kTags) {
      sql += labels_sql(*resource_.tags);
    } else if (computed != resource_.computed.end()) {
      sql += fmt::format("({})", computed->sql);
    } else {
      sql += fmt::format("p.{}", column.name);
    }
  }
  return sql;
}

void Table::make_search() {
  const FullText& index = *resource_.search;
  std::string weights = "0";  // of the unindexed id
  for (const IndexedColumn& column : index.columns) {
    if (!search_all_.empty()) search_all_ += ' ';
    search_all_ += column.name;
    weights += fmt::format(", {}", column.weight);
    search_fields_.emplace_back(column.name, column.name);
    for (const std::string_view alias : column.aliases) {
      search_fields_.emplace_back(alias, column.name);
    }
  }
  search_ranked_ = fmt::format(
      "SELECT f.rowid, f.rank FROM {0} f JOIN {1} p ON p.id = f.rowid "
      "WHERE f.{0} MATCH ? AND f.rank MATCH 'bm25({2})' AND {3} ORDER BY f.rank LIMIT ?",
      index.table, resource_.name, weights, visible_);
  std::string shown;
  for (const std::string_view field : index.fields) shown += fmt::format(", p.{}", field);
  search_result_ = fmt::format(
      "SELECT p.{0}, snippet({1}, {2}, char(2), char(3), '…', 24){3} "
      "FROM {1} f JOIN {4} p ON p.id = f.rowid WHERE f.{1} MATCH ? AND f.rowid = ?",
      index.title, index.table, index.snippet + 1, shown, resource_.name);
}

void Table::write_listed(JsonWriter& json, const db::Statement& row) const {
  write_row(json, list_columns_, row);
}

void Table::write_shown(JsonWriter& json, const db::Statement& row) const {
  write_row(json, show_columns_, row);
}

void Table::write_search_fields(JsonWriter& json, const db::Statement& row, int first) const {
  for (const std::string_view name : resource_.search->fields) {
    json.key(name);
    write_value(json, resource_.field(name)->type, row, first++);
  }
}

std::vector<std::string_view> Table::sortable() const {
  std::vector<std::string_view> names = {"id", "inserted_at", "updated_at"};
  for (const Field& field : resource_.fields) {
    if (field.sortable) names.push_back(field.name);
  }
  return names;
}

Result<Sort> Table::parse_sort(std::string_view written) const {
  if (written.empty()) written = resource_.order;
  const bool descending = written.starts_with('-');
  const std::string_view name = written.substr(descending ? 1 : 0);
  const auto names = sortable();
  if (std::ranges::find(names, name) == names.end()) {
    return fail(Errc::invalid_argument,
                fmt::format("sort must be one of {}, with a - before it for the reverse order",
                            fmt::join(names, ", ")));
  }
  const auto at = std::ranges::find(list_columns_, name, &OutColumn::name);
  const Field* field = resource_.field(name);
  return Sort{.column = at->name,
              .index = static_cast<int>(at - list_columns_.begin()),
              .descending = descending,
              .has_nulls = field != nullptr && !field->required && field->fallback.empty()};
}

Catalogue::Catalogue(std::vector<Resource> resources) {
  for (Resource& resource : resources) {
    if (find(resource.name) != nullptr) {
      throw std::logic_error(fmt::format("two resources are named {}", resource.name));
    }
    tables_.push_back(std::make_unique<const Table>(std::move(resource)));
  }
}

const Table* Catalogue::find(std::string_view name) const noexcept {
  for (const auto& table : tables_) {
    if (table->resource().name == name) return table.get();
  }
  return nullptr;
}

}  // namespace coppice::app::content
