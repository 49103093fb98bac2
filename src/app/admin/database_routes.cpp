#include "app/admin/database_routes.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "app/admin/database_overview.hpp"
#include "app/admin/database_schemas.hpp"
#include "app/admin/parameters.hpp"
#include "app/admin/route_docs.hpp"
#include "app/backup/backup_json.hpp"
#include "app/backup/restore_server.hpp"
#include "app/changes/follower.hpp"
#include "app/database_check.hpp"
#include "app/migrate_server.hpp"
#include "app/reindex.hpp"
#include "db/backup/backup.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using PartsPtr = std::shared_ptr<const DatabaseParts>;
using WorkPtr = std::shared_ptr<Work>;

Result<void> has_backup_folder(const DatabaseParts& parts) {
  if (!parts.backups.options().folder.empty()) return {};
  return fail(Errc::conflict, "this server has no folder for backups: set BACKUP_PATH");
}

/// Lists what @p request asks for as under way, until nobody has this any more.
db::Report listed(const DatabaseParts& parts, const char* kind, const net::http::Request& request) {
  return report_to(parts.long_work->begin(kind, request.id));
}

/// A backup that is damaged is what the request is about, and no fault of this server.
Response answered_for_backup(Result<std::string> json) {
  const bool is_damaged = !json && json.error() == Errc::corrupt;
  return is_damaged ? explained({Errc::constraint, json.error().context})
                    : answered(std::move(json));
}

struct Restore {
  std::string which;
  std::string database;  ///< the file that the operator means; empty for any
};

Result<Restore> read_restore(const net::http::Request& request) {
  const http::QueryParameters parameters(request);
  auto which = required(parameters, "backup");
  if (!which) return std::unexpected(which.error());
  auto database = parameters.text("database");
  if (!database) return std::unexpected(database.error());
  return Restore{.which = *std::move(which), .database = *std::move(database)};
}

Awaitable<Response> restore_backup(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const auto restore = read_restore(*request);
  if (!restore) co_return Response::error(restore.error());
  Work::Job job = [parts, restore = *restore, report = listed(*parts, "restore", *request)] {
    auto restored = backup::restore_server(parts->api->database, parts->backups, restore.which,
                                           restore.database, report);
    changes::poke(*parts->api->follower);  // those who follow changes begin anew
    return answered_for_backup(std::move(restored));
  };
  co_return co_await work->order(*request, std::move(job));
}

/// Whether a backup is whole is answered as when it is made: with what is in it.
Result<std::string> verify(const DatabaseParts& parts, const std::string& which,
                           const db::Report& report) {
  const auto file = parts.backups.fetch(which, {}, report);
  if (!file) return std::unexpected(file.error());
  const auto verified = db::verify_backup(*file, file->parent_path(), {}, report);
  if (!verified) return std::unexpected(verified.error());
  return backup::to_json(*verified);
}

Awaitable<Response> verify_backup(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto which = required(parameters, "backup");
  if (!which) co_return Response::error(which.error());
  Work::Job job = [parts, which = *which, report = listed(*parts, "verify", *request)] {
    return answered_for_backup(verify(*parts, which, report));
  };
  co_return co_await work->order(*request, std::move(job));
}

Awaitable<Response> check(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  Work::Job job = [parts, database = *database, report = listed(*parts, "check", *request)] {
    return answered(check_server(parts->api->database, database, report));
  };
  co_return co_await work->order(*request, std::move(job));
}

Awaitable<Response> reindex(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  Work::Job job = [parts, database = *database, report = listed(*parts, "reindex", *request)] {
    db::tell(report, {.phase = "making the full-text indexes anew"});
    return answered(reindex_server(parts->runtime, parts->api->database, database));
  };
  co_return co_await work->order(*request, std::move(job));
}

Awaitable<Response> migrate_up(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  Work::Job job = [parts, database = *database] {
    return answered(migrate_server(parts->api->database, database));
  };
  co_return co_await work->order(*request, std::move(job));
}

Awaitable<Response> show(WorkPtr work, RequestPtr request,
                         std::function<Result<std::string>()> read) {
  Work::Job job = [read = std::move(read)] { return answered(read()); };
  co_return co_await work->look(*request, std::move(job));
}

Result<std::string> list_backups(const DatabaseParts& parts) {
  if (auto folder = has_backup_folder(parts); !folder) return std::unexpected(folder.error());
  const auto listed = parts.backups.list_folder();
  if (!listed) return std::unexpected(listed.error());
  return backup::to_json(*listed);
}

Result<std::string> back_up(const DatabaseParts& parts, const std::string& expected,
                            const db::Report& report) {
  if (auto meant = require_database(parts.api->database, expected); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  if (auto folder = has_backup_folder(parts); !folder) return std::unexpected(folder.error());
  const auto at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto made = parts.backups.create(parts.api->database.path(), at, {}, report);
  if (!made) return std::unexpected(made.error());
  return backup::to_json(*made);
}

Awaitable<Response> make_backup(WorkPtr work, PartsPtr parts, RequestPtr request) {
  const http::QueryParameters parameters(*request);
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  Work::Job job = [parts, database = *database, report = listed(*parts, "backup", *request)] {
    return answered(back_up(*parts, database, report));
  };
  co_return co_await work->order(*request, std::move(job));
}

}  // namespace

net::http::Routes database_routes(std::shared_ptr<Work> work, DatabaseParts parts) {
  const auto shared = std::make_shared<const DatabaseParts>(std::move(parts));
  const auto bind = [&](Awaitable<Response> (*handle)(WorkPtr, PartsPtr, RequestPtr)) {
    return net::http::Handler([work, shared, handle](RequestPtr request) {
      return handle(work, shared, std::move(request));
    });
  };
  const auto look = [&](auto read) {
    return net::http::Handler([work, shared, read](RequestPtr request) {
      return show(work, std::move(request),
                  [shared, read] { return Result<std::string>(read(*shared)); });
    });
  };
  return {
      net::http::get("/v1/database", look(database_json),
                     described("How the database is: position, files, writer, readers",
                               {.answers = {in_json(schemas::database())}})),
      net::http::get("/v1/migrations", look(migrations_of_server),
                     described("The schema's versions, and what is pending",
                               {.answers = {in_json(schemas::migrations())}})),
      net::http::post("/v1/migrations/up", bind(migrate_up),
                      described("Applies what is pending, also after a migration has failed",
                                {.query = {{"database", "the file that is meant"}},
                                 .answers = {in_json(schemas::migrated())}})),
      net::http::get(
          "/v1/backups", look(list_backups),
          described("The backups in BACKUP_PATH", {.answers = {in_json(schemas::backups())}})),
      net::http::post(
          "/v1/backups", bind(make_backup),
          described("Makes a backup now", {.query = {{"database", "the file that is meant"}},
                                           .answers = {in_json(schemas::made_backup())}})),
      net::http::post("/v1/backups/restore", bind(restore_backup),
                      described("Puts a backup in the place of the database's content",
                                {.query = {{"backup", "a file, a name, or latest", true},
                                           {"database", "the file that is meant"}},
                                 .answers = {in_json(schemas::restored())}})),
      net::http::post("/v1/backups/verify", bind(verify_backup),
                      described("Unpacks a backup and checks everything in it",
                                {.query = {{"backup", "a file, a name, or latest", true}},
                                 .answers = {in_json(schemas::made_backup())}})),
      net::http::post("/v1/database/check", bind(check),
                      described("Looks for damage in the database's file",
                                {.query = {{"database", "the file that is meant"}},
                                 .answers = {in_json(schemas::checked())}})),
      net::http::post("/v1/database/reindex", bind(reindex),
                      described("Makes the full-text indexes anew",
                                {.query = {{"database", "the file that is meant"}},
                                 .answers = {in_json(schemas::reindexed())}})),
  };
}

}  // namespace coppice::app::admin
