#include "app/backup/restore_server.hpp"

#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/reindex.hpp"

namespace coppice::app::backup {

using actors::Result;

Result<std::string> restore_server(const db::Database& database, const Backups& backups,
                                   const std::string& which, const std::string& expected,
                                   const db::Report& report) {
  if (auto meant = require_database(database, expected); !meant) {
    return std::unexpected(std::move(meant.error()));
  }
  const auto file = backups.fetch(which, {}, report);
  if (!file) return std::unexpected(file.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto restored = database.restore_blocking(*file, now, report);
  if (!restored) return std::unexpected(restored.error());
  return to_json(*restored);
}

std::string to_json(const db::Restored& restored) {
  auto out = boost::json::parse(db::to_json(restored.manifest)).as_object();
  out["position"] = db::to_string(restored.position);
  if (!restored.kept.empty()) out["kept"] = restored.kept.string();
  if (!restored.mended.empty()) {
    out["mended"] = boost::json::array(restored.mended.begin(), restored.mended.end());
  }
  return boost::json::serialize(out);
}

}  // namespace coppice::app::backup
