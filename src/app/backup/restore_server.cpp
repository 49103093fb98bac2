#include "app/backup/restore_server.hpp"

#include <chrono>
#include <filesystem>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace coppice::app::backup {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<std::string> restore_server(const db::Database& database, const Backups& backups,
                                   const std::string& which, const std::string& expected) {
  std::error_code unreadable;
  if (!expected.empty() && !std::filesystem::equivalent(expected, database.path(), unreadable)) {
    return fail(Errc::conflict, fmt::format("this server's database is {}, not {}",
                                            database.path().string(), expected));
  }
  const auto file = backups.fetch(which);
  if (!file) return std::unexpected(file.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto restored = database.restore_blocking(*file, now);
  if (!restored) return std::unexpected(restored.error());
  return to_json(*restored);
}

std::string to_json(const db::Restored& restored) {
  auto out = boost::json::parse(db::to_json(restored.manifest)).as_object();
  out["position"] = db::to_string(restored.position);
  if (!restored.kept.empty()) out["kept"] = restored.kept.string();
  return boost::json::serialize(out);
}

}  // namespace coppice::app::backup
