#include "app/content/resource/read_list.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "app/content/json_writer.hpp"
#include "app/content/resource/cursor.hpp"
#include "app/content/resource/row_position.hpp"
#include "app/content/search_query.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kUsualPageBytes = 16'384;

/// A request that can be asked, taken apart.
struct Plan {
  Sort sort;
  std::optional<Cursor> after;
  std::string match = {};    ///< For the full-text index.
  std::string pattern = {};  ///< For LIKE, where there is no index.
  bool nothing = false;      ///< The query can match nothing.
};

std::string name_of(const Sort& sort) {
  return std::string(sort.descending ? "-" : "") + std::string(sort.column);
}

/// Any text that has @p typed in it.
std::string like_pattern(std::string_view typed) {
  std::string pattern = "%";
  for (const char c : typed) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

Result<void> plan_query(const Table& table, const std::string& typed, Plan& plan) {
  if (typed.empty()) return {};
  const Resource& resource = table.resource();
  if (!resource.search) {
    if (resource.named_by.empty()) {
      return fail(Errc::invalid_argument,
                  fmt::format("parameter q: {} can't be searched", resource.name));
    }
    plan.pattern = like_pattern(typed);
    return {};
  }
  const auto query = SearchQuery::parse(typed);
  if (query) plan.match = query->match_expression(table.search_columns());
  plan.nothing = plan.match.empty();
  return {};
}

Result<Plan> make_plan(const Table& table, const ListRequest& request) {
  if (request.limit < 1 || request.limit > kMaxLimit) {
    return fail(Errc::invalid_argument, "limit must be a whole number from 1 to 100");
  }
  if (request.tags.size() > kMostTags) {
    return fail(Errc::invalid_argument, fmt::format("at most {} tags can be given", kMostTags));
  }
  if (!request.tags.empty() && !table.resource().tags) {
    return fail(Errc::invalid_argument,
                fmt::format("parameter tag: {} have no tags", table.resource().name));
  }
  for (const FieldIs& condition : request.fields) {
    if (table.resource().field(condition.field) != nullptr) continue;
    return fail(Errc::invalid_argument,
                fmt::format("{} have no field {}", table.resource().name, condition.field));
  }
  const auto sort = table.parse_sort(request.sort);
  if (!sort) return std::unexpected(sort.error());
  Plan plan{.sort = *sort, .after = std::nullopt};
  if (!request.cursor.empty()) {
    auto cursor = parse_cursor(request.cursor, name_of(*sort));
    if (!cursor) return std::unexpected(cursor.error());
    plan.after = std::move(*cursor);
  }
  if (auto planned = plan_query(table, request.query, plan); !planned) {
    return std::unexpected(planned.error());
  }
  return plan;
}

bool is_null(const db::Value& value) { return std::holds_alternative<std::monostate>(value); }

/// What comes behind the cursor. SQLite sorts NULL before everything else.
std::string keyset_sql(const Sort& sort, const Cursor& after) {
  const char* beyond = sort.descending ? "<" : ">";
  if (sort.column == "id") return fmt::format(" AND p.id {} :id", beyond);
  const std::string behind =
      is_null(after.value) ? fmt::format("p.{} IS NULL AND p.id {} :id", sort.column, beyond)
                           : fmt::format("(p.{0}, p.id) {1} (:value, :id)", sort.column, beyond);
  const bool others_follow = sort.has_nulls && sort.descending != is_null(after.value);
  if (!others_follow) return fmt::format(" AND {}", behind);
  return fmt::format(" AND ({} OR p.{} IS {}NULL)", behind, sort.column,
                     sort.descending ? "" : "NOT ");
}

std::string tags_sql(const TagLink& link) {
  return fmt::format(
      " AND p.id IN (SELECT l.{0} FROM {1} l JOIN tags t ON t.id = l.tag_id "
      "WHERE t.label IN (SELECT value FROM json_each(:tags)) "
      "GROUP BY l.{0} HAVING count(*) = :tag_count)",
      link.column, link.table);
}

/// The statement's text depends only on which parts it has, so that few are ever compiled.
///
/// "NOT is_draft" rather than "is_draft = 0": nearly every record is visible, and an index on the
/// column would make SQLite sort them all instead of walking the index of the order.
std::string list_sql(const Table& table, const ListRequest& request, const Plan& plan) {
  const Resource& resource = table.resource();
  std::string sql = table.list_select();
  sql += " WHERE ";
  sql += request.hidden_too ? "true" : table.visible();
  if (plan.after) sql += keyset_sql(plan.sort, *plan.after);
  if (!request.tags.empty()) sql += tags_sql(*resource.tags);
  for (std::size_t n = 0; n < request.fields.size(); ++n) {
    sql += fmt::format(" AND p.{} IS :field_{}", request.fields[n].field, n);
  }
  if (!plan.match.empty()) {
    sql += fmt::format(" AND p.id IN (SELECT rowid FROM {0} WHERE {0} MATCH :match)",
                       resource.search->table);
  }
  if (!plan.pattern.empty()) {
    sql += fmt::format(" AND p.{} LIKE :pattern ESCAPE '\\'", resource.named_by);
  }
  if (plan.nothing) sql += " AND false";
  const char* direction = plan.sort.descending ? "DESC" : "ASC";
  sql += " ORDER BY ";
  if (plan.sort.column != "id") sql += fmt::format("p.{} {}, ", plan.sort.column, direction);
  return sql + fmt::format("p.id {} LIMIT :limit", direction);
}

/// Binds parameters until one can't be bound.
class Binder {
 public:
  explicit Binder(db::Statement& statement) : statement_(statement) {}
  template <class T>
  void bind(std::string_view name, const T& value) {
    if (result_) result_ = statement_.bind(name, value);
  }
  [[nodiscard]] Result<void> result() && { return std::move(result_); }

 private:
  db::Statement& statement_;
  Result<void> result_;
};

void bind_value(Binder& binder, std::string_view name, const db::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return binder.bind(name, *text);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return binder.bind(name, *number);
  if (const auto* real = std::get_if<double>(&value)) return binder.bind(name, *real);
  if (const auto* blob = std::get_if<db::Blob>(&value)) return binder.bind(name, *blob);
}

Result<void> bind_list(db::Statement& statement, const ListRequest& request, const Plan& plan) {
  Binder binder(statement);
  binder.bind(":limit", request.limit + 1);
  if (plan.after) {
    binder.bind(":id", plan.after->id);
    if (plan.sort.column != "id") bind_value(binder, ":value", plan.after->value);
  }
  for (std::size_t n = 0; n < request.fields.size(); ++n) {
    bind_value(binder, fmt::format(":field_{}", n), request.fields[n].value);
  }
  if (!plan.match.empty()) binder.bind(":match", plan.match);
  if (!plan.pattern.empty()) binder.bind(":pattern", plan.pattern);
  if (!request.tags.empty()) {
    auto tags = request.tags;
    std::ranges::sort(tags);
    const auto repeated = std::ranges::unique(tags);
    tags.erase(repeated.begin(), repeated.end());
    JsonWriter labels;
    labels.strings(tags);
    binder.bind(":tags", std::move(labels).take());
    binder.bind(":tag_count", tags.size());
  }
  return std::move(binder).result();
}

/// Writes the rows up to the limit and returns where the next page starts, if there is one.
Result<std::optional<Cursor>> write_page(JsonWriter& json, const Table& table,
                                         db::Statement& statement, const Sort& sort, int limit) {
  Cursor last{.sort = name_of(sort), .value = {}, .id = 0};
  for (int written = 0;; ++written) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    if (written == limit) return last;
    table.write_listed(json, statement);
    if (written + 1 < limit) continue;
    last.value = db::column_value(statement, sort.index);
    last.id = statement.get<std::int64_t>(0);
  }
}

Result<std::string> etag_of(db::Connection& db, const Table& table, bool hidden_too) {
  auto position = position_of_resources(db, table.list_depends_on(), hidden_too);
  if (position && hidden_too) *position += "-all";
  return position;
}

}  // namespace

Result<void> validate(const Table& table, const ListRequest& request) {
  const auto plan = make_plan(table, request);
  if (!plan) return std::unexpected(plan.error());
  return {};
}

Result<Document> read_list(db::Connection& db, const Table& table, const ListRequest& request,
                           const KnownEtag& is_known) {
  const auto plan = make_plan(table, request);
  if (!plan) return std::unexpected(plan.error());
  auto etag = etag_of(db, table, request.hidden_too);
  if (!etag) return std::unexpected(etag.error());
  if (is_known && is_known(*etag)) return Document{{}, std::move(*etag), true};
  auto statement = db.prepare(list_sql(table, request, *plan));
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_list(*statement, request, *plan); !bound) {
    return std::unexpected(bound.error());
  }
  JsonWriter json(kUsualPageBytes);
  json.begin_object().key("data").begin_array();
  const auto next = write_page(json, table, *statement, plan->sort, request.limit);
  if (!next) return std::unexpected(next.error());
  json.end_array().key("page").begin_object().key("next");
  *next ? json.string(to_text(**next)) : json.null();
  json.end_object().end_object();
  return Document{std::move(json).take(), std::move(*etag)};
}

}  // namespace coppice::app::content
