#include "app/content/resource/upsert_record.hpp"

#include <fmt/format.h>

#include "app/content/resource/record_sql.hpp"
#include "app/content/tag_store.hpp"

namespace coppice::app::content {

using actors::Result;

namespace {

/// Compares the record's own columns.
Result<Change> compare_columns(db::Connection& db, const Table& table, const Record& record) {
  const Resource& resource = table.resource();
  std::string same;
  std::size_t name_at = 0;
  for (std::size_t i = 0; i < record.entries().size(); ++i) {
    const std::string& column = record.entries()[i].column;
    if (column == resource.named_by) name_at = i + 1;
    same += fmt::format("{}{} IS ?{}", i == 0 ? "" : " AND ", column, i + 1);
  }
  auto statement = db.prepare(fmt::format("SELECT id, {} FROM {} WHERE {} = ?{}", same,
                                          resource.name, resource.named_by, name_at));
  if (!statement) return std::unexpected(statement.error());
  if (auto bound = bind_record(*statement, record); !bound) return std::unexpected(bound.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return Change{.id = 0, .outcome = Outcome::created};
  return Change{.id = statement->get<std::int64_t>(0),
                .outcome = statement->get<bool>(1) ? Outcome::unchanged : Outcome::updated};
}

}  // namespace

Result<Change> compare_record(db::Connection& db, const Table& table, const Record& record,
                              const std::vector<std::string>& tags) {
  auto change = compare_columns(db, table, record);
  const auto& link = table.resource().tags;
  if (!change || !link || change->outcome != Outcome::unchanged) return change;
  const auto present = tags_of(db, *link, change->id);
  if (!present) return std::unexpected(present.error());
  if (*present != tags) change->outcome = Outcome::updated;
  return change;
}

Result<Change> upsert_record(db::Connection& db, const Table& table, const Record& record,
                             const std::vector<std::string>& tags) {
  auto change = compare_record(db, table, record, tags);
  if (!change || change->outcome == Outcome::unchanged) return change;
  if (change->outcome == Outcome::created) {
    const auto id = insert_row(db, table, record);
    if (!id) return std::unexpected(id.error());
    change->id = *id;
  } else if (auto done = update_row(db, table, record, change->id); !done) {
    return std::unexpected(done.error());
  }
  if (const auto& link = table.resource().tags) {
    if (auto linked = set_tags(db, *link, change->id, tags); !linked) {
      return std::unexpected(linked.error());
    }
  }
  return change;
}

}  // namespace coppice::app::content
