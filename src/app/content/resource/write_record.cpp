#include "app/content/resource/write_record.hpp"

#include <fmt/format.h>

#include "app/content/field_problems.hpp"
#include "app/content/resource/field_error.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resource/record_sql.hpp"
#include "app/content/tag_store.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

/// Which unique fields have a value that another record has: those that clients set, or, without
/// any, those that follow from others.
Result<FieldProblems> taken_fields(db::Connection& db, const Table& table, const Record& record,
                                   std::int64_t id) {
  FieldProblems problems;
  FieldProblems derived;
  for (const Field& field : table.resource().fields) {
    const db::Value* value = field.unique ? record.find(field.name) : nullptr;
    if (value == nullptr) continue;
    auto statement = db.prepare(fmt::format("SELECT 1 FROM {} WHERE {} = ? AND id <> ?",
                                            table.resource().name, field.name));
    if (!statement) return std::unexpected(statement.error());
    if (auto bound = db::bind_value(*statement, 1, *value); !bound) {
      return std::unexpected(bound.error());
    }
    if (auto bound = statement->bind(2, id); !bound) return std::unexpected(bound.error());
    const auto taken = statement->step();
    if (!taken) return std::unexpected(taken.error());
    if (!*taken) continue;
    auto& found = field.read_only ? derived : problems;
    found.push_back({std::string(field.name), std::string(kTaken), {}, 0});
  }
  return problems.empty() ? derived : problems;
}

/// Says of a broken uniqueness rule which field broke it.
Error explain(db::Connection& db, const Table& table, const Record& record, std::int64_t id,
              Error error) {
  if (error.code != Errc::conflict) return error;
  const auto problems = taken_fields(db, table, record, id);
  if (!problems || problems->empty()) return error;
  return to_error(*problems);
}

Result<std::string> name_in(db::Connection& db, const Table& table, std::int64_t id) {
  const Resource& resource = table.resource();
  if (resource.address == Address::id) return std::to_string(id);
  const auto name = db::query_value<std::string>(
      db, fmt::format("SELECT {} FROM {} WHERE id = ?", resource.named_by, resource.name), id);
  if (!name) return std::unexpected(name.error());
  return name->value_or(std::string());
}

Result<WrittenRecord> written(db::Connection& db, const Table& table, std::int64_t id) {
  auto name = name_in(db, table, id);
  if (!name) return std::unexpected(name.error());
  auto shown = show_record(db, table, id);
  if (!shown) return std::unexpected(shown.error());
  if (!*shown) return fail(Errc::internal, "a record is gone that was just written");
  return WrittenRecord{id, std::move(*name), std::move((*shown)->etag), std::move((*shown)->json)};
}

Result<void> check_position(db::Connection& db, const Table& table, std::int64_t id,
                            const std::string& expected) {
  const auto etag = etag_of_record(db, table, id);
  if (!etag) return std::unexpected(etag.error());
  if (!*etag) return fail(Errc::not_found);
  if (!expected.empty() && **etag != expected) return std::unexpected(stale_record());
  return {};
}

Result<bool> changes_tags(db::Connection& db, const TagLink& link, std::int64_t id,
                          const std::vector<std::string>& tags) {
  const auto present = tags_of(db, link, id);
  if (!present) return std::unexpected(present.error());
  return *present != tags;
}

template <class C>
Result<std::string> run_encoded(const Catalogue& catalogue, db::Connection& db,
                                std::string_view arguments) {
  const auto command = db::from_bytes<C>(arguments);
  if (!command) return std::unexpected(command.error());
  const Table* table = catalogue.find(command->resource);
  if (table == nullptr) {
    return fail(Errc::unsupported, fmt::format("there is no resource {}", command->resource));
  }
  auto reply = command->run(db, *table);
  if (!reply) return std::unexpected(std::move(reply.error()));
  if constexpr (std::is_void_v<typename C::Reply>) {
    return std::string();
  } else {
    return db::to_bytes(*reply);
  }
}

template <class C>
void add(db::CommandRegistry& registry, const std::shared_ptr<const Catalogue>& catalogue) {
  registry.add(std::string(C::kName), [catalogue](db::Connection& db, std::string_view arguments) {
    return run_encoded<C>(*catalogue, db, arguments);
  });
}

}  // namespace

Result<WrittenRecord> CreateRecord::run(db::Connection& db, const Table& table) const {
  auto id = insert_row(db, table, record);
  if (!id) return std::unexpected(explain(db, table, record, 0, std::move(id.error())));
  if (const auto& link = table.resource().tags; link && !tags.empty()) {
    if (auto linked = set_tags(db, *link, *id, tags); !linked) {
      return std::unexpected(linked.error());
    }
  }
  return written(db, table, *id);
}

Result<WrittenRecord> UpdateRecord::run(db::Connection& db, const Table& table) const {
  if (auto there = check_position(db, table, id, etag); !there) {
    return std::unexpected(there.error());
  }
  const auto& link = table.resource().tags;
  Result<bool> retagged = false;
  if (link && tags) retagged = changes_tags(db, *link, id, *tags);
  if (!retagged) return std::unexpected(retagged.error());
  if (!changes.empty() || *retagged) {
    if (auto done = update_row(db, table, changes, id); !done) {
      return std::unexpected(explain(db, table, changes, id, std::move(done.error())));
    }
  }
  if (*retagged) {
    if (auto linked = set_tags(db, *link, id, *tags); !linked) {
      return std::unexpected(linked.error());
    }
  }
  return written(db, table, id);
}

Result<void> DeleteRecord::run(db::Connection& db, const Table& table) const {
  if (auto there = check_position(db, table, id, etag); !there) return there;
  return db.execute(fmt::format("DELETE FROM {} WHERE id = ?", table.resource().name), id);
}

void add_resource_commands(db::CommandRegistry& registry,
                           std::shared_ptr<const Catalogue> catalogue) {
  add<CreateRecord>(registry, catalogue);
  add<UpdateRecord>(registry, catalogue);
  add<DeleteRecord>(registry, catalogue);
}

}  // namespace coppice::app::content
