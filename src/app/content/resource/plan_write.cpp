#include "app/content/resource/plan_write.hpp"

#include <utility>

#include "app/content/resource/field_error.hpp"
#include "app/content/resource/find_record.hpp"

namespace coppice::app::content {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

Result<StoredRecord> load_for_write(db::Connection& db, const Table& table,
                                    std::string_view address, const Precondition& precondition) {
  auto stored = load_record(db, table, address, true);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return fail(Errc::not_found);
  if (precondition && !precondition((*stored)->etag)) return std::unexpected(stale_record());
  return std::move(**stored);
}

}  // namespace

Result<CreateRecord> plan_create(db::Connection& db, const Table& table, Input input) {
  const Resource& resource = table.resource();
  auto command = plan_plain_create(table, std::move(input));
  if (!command || resource.derive == nullptr) return command;
  auto derived = resource.derive(
      {.db = db, .record = command->record, .create = true, .given = [](std::string_view) {
         return true;
       }});
  if (!derived) return std::unexpected(derived.error());
  return command;
}

Result<CreateRecord> plan_plain_create(const Table& table, Input input) {
  const Resource& resource = table.resource();
  complete(resource, input);
  if (!input.problems.empty()) return std::unexpected(to_error(input.problems));
  return CreateRecord{std::string(resource.name), std::move(input.record),
                      std::move(input.tags).value_or(std::vector<std::string>())};
}

Result<UpdateRecord> plan_update(db::Connection& db, const Table& table, std::string_view address,
                                 Input input, UpdateKind kind, const Precondition& precondition) {
  const Resource& resource = table.resource();
  if (kind == UpdateKind::replace) complete(resource, input);
  if (!input.problems.empty()) return std::unexpected(to_error(input.problems));
  auto stored = load_for_write(db, table, address, precondition);
  if (!stored) return std::unexpected(stored.error());
  Record next = stored->record;
  for (const auto& [column, value] : input.record.entries()) next.set(column, value);
  if (resource.derive != nullptr) {
    auto derived = resource.derive(
        {.db = db, .record = next, .create = false, .given = [&](std::string_view field) {
           return input.record.has(field);
         }});
    if (!derived) return std::unexpected(derived.error());
  }
  return UpdateRecord{std::string(resource.name), stored->id, std::move(stored->etag),
                      changes_between(stored->record, next), std::move(input.tags)};
}

Result<DeleteRecord> plan_delete(db::Connection& db, const Table& table, std::string_view address,
                                 const Precondition& precondition) {
  auto stored = load_for_write(db, table, address, precondition);
  if (!stored) return std::unexpected(stored.error());
  DeleteRecord command{std::string(table.resource().name), stored->id, {}};
  if (precondition) command.etag = std::move(stored->etag);
  return command;
}

}  // namespace coppice::app::content
