#include "app/admin/database_overview.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/migration_view.hpp"
#include "app/database_figures.hpp"
#include "app/replication_json.hpp"
#include "app/utc_time.hpp"
#include "db/position.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;
using boost::json::object;
using boost::json::value;
using db::MigrationState;

constexpr actors::Duration kOverviewTimeout = std::chrono::seconds(1);

value or_null(const std::optional<std::uint64_t>& number) {
  return number ? value(*number) : value(nullptr);
}

value why_not(const Result<void>& check) {
  return check ? value(nullptr) : value(check.error().message());
}

/// Whatever Readiness says: an operator asks because it says no.
Result<db::MigrationStatus> read_status(const DatabaseParts& parts) {
  const auto& database = parts.api->database;
  auto look = [database](db::Connection& db) { return database.migrations().status(db); };
  return db::run_task_blocking<db::MigrationStatus>(
      parts.runtime, database.readers().read(std::move(look), kOverviewTimeout), kOverviewTimeout);
}

value schema_json(const DatabaseParts& parts) {
  const auto status = read_status(parts);
  if (!status) return nullptr;
  return object{{"applied", status->versions(MigrationState::applied).size()},
                {"pending", status->versions(MigrationState::pending).size()}};
}

std::uint64_t count_of(const actors::Histogram::Reading& reading) {
  std::uint64_t total = 0;
  for (const auto each : reading.counts) total += each;
  return total;
}

/// How many there were, and what one was on average.
object average(const actors::Histogram::Reading& reading, const char* unit) {
  const auto count = count_of(reading);
  object out{{"count", count}};
  out[unit] = count == 0 ? 0 : reading.sum / static_cast<double>(count);
  return out;
}

object writer_json(const db::WriterActivity& writer, const DatabaseFigures& figures) {
  const auto load = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  return {{"waiting", load(writer.waiting)},
          {"batch_age_seconds", figures.batch_age_seconds},
          {"commands", object{{"committed", load(writer.committed)},
                              {"failed", load(writer.failed)},
                              {"expired", load(writer.expired)},
                              {"overloaded", load(writer.overloaded)},
                              {"disk_full", load(writer.disk_full)},
                              {"refused", load(writer.refused)}}},
          {"batches", average(writer.batch_commands.read(), "mean_commands")},
          {"commits", average(writer.commit_seconds.read(), "mean_seconds")},
          {"checkpoints", object{{"complete", load(writer.checkpoints_complete)},
                                 {"partial", load(writer.checkpoints_partial)},
                                 {"failed", load(writer.checkpoints_failed)}}},
          {"wal_pages", load(writer.log_pages)}};
}

object readers_json(const DatabaseFigures& figures) {
  return {{"count", figures.readers},
          {"busy", figures.readers_busy},
          {"waiting", figures.reads_waiting},
          {"interrupted", figures.reads_interrupted},
          {"reads", average(figures.read_seconds, "mean_seconds")}};
}

object backup_json(const std::filesystem::path& folder,
                   const backup::BackupRecord::Figures& figures) {
  object out{
      {"made", figures.made}, {"failed", figures.failed}, {"last_bytes", figures.last_bytes}};
  out["folder"] =
      folder.empty() ? value(nullptr) : value(std::filesystem::absolute(folder).string());
  out["last_at"] = figures.last ? value(utc_time(*figures.last)) : value(nullptr);
  const auto& trouble = figures.trouble.empty() ? figures.follow_up_trouble : figures.trouble;
  out["trouble"] = trouble.empty() ? value(nullptr) : value(trouble);
  return out;
}

}  // namespace

std::string database_json(const DatabaseParts& parts) {
  const auto& database = parts.api->database;
  const auto figures = figures_of(parts.runtime, database);
  const auto ready = database.readiness().check();
  const auto writable = database.check_writes();
  const auto position = database.position();
  object out{{"database", std::filesystem::absolute(database.path()).string()},
             {"ready", ready.has_value()},
             {"not_ready_because", why_not(ready)},
             {"writable", writable.has_value()},
             {"not_writable_because", why_not(writable)},
             {"replication", replication_json(database, parts.runtime.now())},
             {"schema", schema_json(parts)},
             {"bytes", or_null(figures.file_bytes)},
             {"wal_bytes", or_null(figures.log_bytes)},
             {"free_space_bytes", or_null(figures.free_bytes)},
             {"free_space_reserve_bytes", database.free_space_reserve()},
             {"writer", writer_json(database.writer_activity(), figures)},
             {"readers", readers_json(figures)},
             {"backup", backup_json(parts.backups.options().folder, parts.backup_figures->read())}};
  const bool has_position = position != db::Position{};
  out["position"] = has_position ? value(db::to_string(position)) : value(nullptr);
  return boost::json::serialize(out);
}

Result<std::string> migrations_of_server(const DatabaseParts& parts) {
  const auto status = read_status(parts);
  if (!status) return std::unexpected(status.error());
  return cli::migrations_json(parts.api->database.path().string(), *status);
}

}  // namespace coppice::app::admin
