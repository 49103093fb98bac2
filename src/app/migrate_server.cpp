#include "app/migrate_server.hpp"

#include <chrono>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/reindex.hpp"

namespace coppice::app {

using actors::Errc;
using actors::Result;

namespace {

constexpr std::chrono::minutes kTimeout(30);

std::string migrated_json(const db::Database& database, const db::MigrationRun& run) {
  boost::json::array steps;
  for (const auto version : run.ran) {
    const auto* migration = database.migrations().find(version);
    steps.push_back(boost::json::object{{"version", std::to_string(version)},
                                        {"name", migration != nullptr ? migration->label : ""},
                                        {"direction", "up"},
                                        {"ran", true}});
  }
  return boost::json::serialize(boost::json::object{{"database", database.path().string()},
                                                    {"dry_run", false},
                                                    {"steps", std::move(steps)},
                                                    {"failed", nullptr}});
}

}  // namespace

Result<std::string> migrate_server(const db::Database& database, const std::string& expected) {
  if (auto meant = require_database(database, expected); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  auto run = database.migrate_blocking(kTimeout);
  if (run) return migrated_json(database, *run);
  // Over HTTP, unsupported is about what a request brings.
  if (run.error() == Errc::unsupported) run.error().code = Errc::constraint;
  return std::unexpected(std::move(run.error()));
}

}  // namespace coppice::app
