#include "app/jobs/import_order.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "app/content/folder_import.hpp"
#include "db/connection.hpp"

namespace coppice::app::jobs {

using actors::Errc;
using actors::fail;
using actors::Result;
using content::FolderImport;

namespace {
constexpr auto kBatchTimeout = std::chrono::minutes(1);
}

Result<content::ImportReport> import_now(actors::Runtime& runtime, const db::Database& database,
                                         changes::Follower::Slot& follower,
                                         const FolderToImport& what, const db::Report& report) {
  if (auto ready = database.readiness().check(); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  if (!database.is_primary()) {
    return fail(Errc::unavailable, "the primary imports, and this node is not");
  }
  auto reader = db::Connection::open({.path = database.path(), .read_only = true});
  if (!reader) return std::unexpected(std::move(reader.error()));
  const auto write = [&](const std::vector<db::Command>& commands) {
    std::vector<FolderImport::WriteResult> results;
    for (auto& reply : database.execute_all_blocking(runtime, commands, kBatchTimeout)) {
      if (reply) {
        results.emplace_back(std::move(reply->value));
      } else {
        results.emplace_back(std::unexpected(std::move(reply.error())));
      }
    }
    changes::poke(follower);
    return results;
  };
  return content::import_folder(what.folder, {.trusted = what.trusted, .force = what.force},
                                *reader, write, report);
}

}  // namespace coppice::app::jobs
