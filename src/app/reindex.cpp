#include "app/reindex.hpp"

#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/paths.hpp"
#include "db/full_text_index.hpp"
#include "db/process_guard.hpp"
#include "db/run_mark.hpp"
#include "db/stats.hpp"
#include "db/transaction.hpp"

namespace coppice::app {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

/// Gigabytes take their time.
constexpr std::chrono::minutes kTimeout(30);

// What readers find depends on the index, so a response from before is stale.
Result<void> advance_position_if_kept(db::Connection& connection) {
  const auto position = db::find_position(connection);
  if (!position) return std::unexpected(position.error());
  if (!*position) return {};
  const auto advanced = db::advance_position(connection);
  if (!advanced) return std::unexpected(advanced.error());
  return {};
}

}  // namespace

Result<std::vector<std::string>> reindex_stopped(const std::filesystem::path& database,
                                                 const db::Report& report) {
  const auto guard = db::ProcessGuard::acquire(database);
  if (!guard) return std::unexpected(guard.error());
  auto connection = db::Connection::open({.path = database});
  if (!connection) return std::unexpected(std::move(connection.error()));
  // After a run that has lost commits, its positions must not come again.
  if (const auto begun = db::begin_run(*connection, db::Synchronous::full); !begun) {
    return std::unexpected(begun.error());
  }
  auto transaction = db::Transaction::begin(*connection, db::Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto rebuilt = db::rebuild_indexes(*connection, report);
  if (!rebuilt) return rebuilt;
  auto done = advance_position_if_kept(*connection);
  if (done) done = transaction->commit();
  if (!done) return std::unexpected(std::move(done.error()));
  return rebuilt;
}

Result<std::string> reindex_server(actors::Runtime& runtime, const db::Database& database,
                                   const std::string& expected) {
  if (auto meant = require_database(database, expected); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  const auto done = database.execute_blocking(runtime, db::RebuildIndexes{}, kTimeout);
  if (!done) return std::unexpected(done.error());
  return reindexed_json(database.path(), done->value);
}

std::string reindexed_json(const std::filesystem::path& database,
                           const std::vector<std::string>& rebuilt) {
  return boost::json::serialize(
      boost::json::object{{"database", database.string()},
                          {"rebuilt", boost::json::array(rebuilt.begin(), rebuilt.end())}});
}

// A file has other names, too; one that is gone has its path only.
bool is_same_database(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code missing;
  if (std::filesystem::equivalent(one, other, missing)) return true;
  return real_path(one) == real_path(other);
}

Result<void> require_database(const db::Database& database, const std::string& expected) {
  if (expected.empty() || is_same_database(expected, database.path())) return {};
  return fail(Errc::conflict, fmt::format("this server's database is {}, not {}",
                                          database.path().string(), expected));
}

}  // namespace coppice::app
