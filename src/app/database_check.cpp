#include "app/database_check.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/reindex.hpp"
#include "db/backup/check.hpp"

namespace coppice::app {

using actors::Result;

Result<std::string> check_server(const db::Database& database, const std::string& expected,
                                 const db::Report& report) {
  if (auto meant = require_database(database, expected); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  const auto problems = db::check_database(database.path(), report);
  if (!problems) return std::unexpected(problems.error());
  return checked_json(database.path(), *problems);
}

std::string checked_json(const std::filesystem::path& database,
                         const std::vector<std::string>& problems) {
  return boost::json::serialize(
      boost::json::object{{"database", database.string()},
                          {"ok", problems.empty()},
                          {"problems", boost::json::array(problems.begin(), problems.end())}});
}

}  // namespace coppice::app
