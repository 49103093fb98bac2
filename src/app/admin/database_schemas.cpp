#include "app/admin/database_schemas.hpp"

#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "app/http/json_schema.hpp"
#include "app/replication_json.hpp"

namespace coppice::app::admin::schemas {
namespace {

using boost::json::object;
using http::json_schema::integer;
using http::json_schema::list_of;
using http::json_schema::number;
using http::json_schema::one_of;
using http::json_schema::or_null;
using http::json_schema::record;
using http::json_schema::text;
using http::json_schema::texts;
using http::json_schema::time;
using http::json_schema::truth;
using http::json_schema::with_optional;

object average(std::string_view unit) {
  return record({{"count", integer()}, {unit, number("On average.")}});
}

object writer() {
  return record({{"waiting", integer()},
                 {"batch_age_seconds", number()},
                 {"commands", record({{"committed", integer()},
                                      {"failed", integer()},
                                      {"expired", integer()},
                                      {"overloaded", integer()},
                                      {"disk_full", integer()},
                                      {"refused", integer()}})},
                 {"batches", average("mean_commands")},
                 {"commits", average("mean_seconds")},
                 {"checkpoints",
                  record({{"complete", integer()}, {"partial", integer()}, {"failed", integer()}})},
                 {"wal_pages", integer()}});
}

object readers() {
  return record({{"count", integer()},
                 {"busy", integer()},
                 {"waiting", integer()},
                 {"interrupted", integer()},
                 {"reads", average("mean_seconds")}});
}

object backup_figures() {
  return record({{"made", integer()},
                 {"failed", integer()},
                 {"last_bytes", integer()},
                 {"folder", or_null(text("Where the server makes them."))},
                 {"last_at", or_null(time())},
                 {"trouble", or_null(text())}});
}

object manifest() {
  return record({{"format", integer()},
                 {"created_at", time()},
                 {"version", text()},
                 {"database", text()},
                 {"epoch", integer()},
                 {"sequence", integer()},
                 {"schema_version", integer()},
                 {"page_size", integer()},
                 {"database_bytes", integer()},
                 {"archive_bytes", integer()},
                 {"sha256", text()}});
}

/// @p record with one more, which is never missing.
object with(object record, std::string_view name, object schema) {
  record["properties"].as_object()[name] = std::move(schema);
  record["required"].as_array().emplace_back(name);
  return record;
}

}  // namespace

object database() {
  const object schema = record({{"applied", integer()}, {"pending", integer()}});
  return record({{"database", text("The file.")},
                 {"position", or_null(text())},
                 {"ready", truth()},
                 {"not_ready_because", or_null(text())},
                 {"writable", truth()},
                 {"not_writable_because", or_null(text())},
                 {"replication", or_null(replication_schema())},
                 {"schema", or_null(schema)},
                 {"bytes", or_null(integer())},
                 {"wal_bytes", or_null(integer())},
                 {"free_space_bytes", or_null(integer())},
                 {"free_space_reserve_bytes", integer()},
                 {"writer", writer()},
                 {"readers", readers()},
                 {"backup", backup_figures()}});
}

object migrations() {
  const object migration = record({{"version", integer()},
                                   {"name", or_null(text())},
                                   {"state", one_of({"applied", "pending", "newer", "foreign"})},
                                   {"by_coppice", truth()},
                                   {"edited", truth()},
                                   {"recorded_at", or_null(text("In UTC, as Ecto records it."))}});
  return record({{"database", text()},
                 {"applied", integer()},
                 {"pending", integer()},
                 {"warnings", texts()},
                 {"migrations", list_of(migration)}});
}

object migrated() {
  const object step = record(
      {{"version", text()}, {"name", text()}, {"direction", one_of({"up"})}, {"ran", truth()}});
  return record({{"database", text()},
                 {"dry_run", truth()},
                 {"steps", list_of(step)},
                 {"failed", object{{"type", "null"}}}});
}

object backups() {
  const object listed = with_optional(record({{"name", text()},
                                              {"created_at", time()},
                                              {"bytes", integer()},
                                              {"in_folder", truth()},
                                              {"in_store", truth()}}),
                                      {{"manifest", manifest()}, {"problem", text()}});
  return record({{"backups", list_of(listed)}});
}

object made_backup() { return with(with(manifest(), "file", text()), "index_problems", texts()); }

object restored() {
  return with_optional(with(manifest(), "position", text()),
                       {{"kept", text("Where what was there before is.")}, {"mended", texts()}});
}

object checked() { return record({{"database", text()}, {"ok", truth()}, {"problems", texts()}}); }

object imported() {
  const object counts = record({{"created", integer()},
                                {"updated", integer()},
                                {"unchanged", integer()},
                                {"skipped", integer()}});
  const object entry =
      with_optional(record({{"file", text()},
                            {"outcome", one_of({"created", "updated", "unchanged", "skipped"})}}),
                    {{"kind", text()}, {"name", text()}, {"line", integer()}, {"reason", text()}});
  return record({{"summary", text()}, {"counts", counts}, {"entries", list_of(entry)}});
}

object reindexed() { return record({{"database", text()}, {"rebuilt", texts()}}); }

}  // namespace coppice::app::admin::schemas
