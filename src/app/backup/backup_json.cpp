#include "app/backup/backup_json.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "db/backup/manifest.hpp"

namespace coppice::app::backup {
namespace {

using boost::json::object;

object json_of(const db::BackupManifest& manifest) {
  return boost::json::parse(db::to_json(manifest)).as_object();
}

object json_of(const ListedBackup& backup) {
  object out{{"name", backup.name},
             {"created_at", db::to_string(backup.created_at)},
             {"bytes", backup.bytes},
             {"in_folder", backup.in_folder},
             {"in_store", backup.in_store}};
  if (backup.manifest) out["manifest"] = json_of(*backup.manifest);
  if (!backup.problem.empty()) out["problem"] = backup.problem;
  return out;
}

}  // namespace

std::string to_json(const db::Backup& backup) {
  object out = json_of(backup.manifest);
  out["file"] = backup.file.string();
  const auto& problems = backup.index_problems;
  out["index_problems"] = boost::json::array(problems.begin(), problems.end());
  return boost::json::serialize(out);
}

std::string to_json(const std::vector<ListedBackup>& backups) {
  boost::json::array entries;
  for (const auto& backup : backups) entries.push_back(json_of(backup));
  return boost::json::serialize(object{{"backups", std::move(entries)}});
}

}  // namespace coppice::app::backup
