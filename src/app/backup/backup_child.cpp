#include "app/backup/backup_child.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/backup/backup_job.hpp"
#include "app/progress_text.hpp"

namespace coppice::app::backup {
namespace {

using actors::Result;
using std::chrono::sys_seconds;

using Say = std::function<void(const std::string& what)>;

/// Nothing also of a folder that can't be read: the first backup says what is wrong with it.
std::optional<sys_seconds> newest_in(const Backups& backups) {
  const auto newest = backups.newest_whole();
  return newest ? std::optional(newest->created_at) : std::nullopt;
}

std::string describe(const db::Backup& backup) {
  return fmt::format("{}, {} bytes of {}, position {}", backup.file.string(),
                     backup.manifest.archive_bytes, backup.manifest.database_bytes,
                     db::to_string(backup.manifest.position));
}

/// To those who look at the job, and to those who look at what takes long. Must not outlive @p say.
db::Report told_to(LongWork& long_work, const Say& say) {
  return [&say, piece = long_work.begin("backup")](const db::Progress& progress) {
    piece->tell(progress);
    say(progress_text(progress));
  };
}

/// The job's line says what it made; this, that something has to be done.
void warn_about_indexes(const db::Backup& backup) {
  for (const auto& problem : backup.index_problems) {
    SPDLOG_WARN("backup: {}; `coppice db reindex` makes it anew", problem);
  }
}

}  // namespace

supervisor::ChildSpec backup_child(const BackupsOptions& options, Schedule schedule,
                                   db::Database database, std::shared_ptr<LongWork> long_work) {
  const auto backups = std::make_shared<const Backups>(options);
  BackupWork work{
      .newest = [backups] { return newest_in(*backups); },
      .back_up = [backups, path = database.path(), long_work](
                     sys_seconds at, const std::stop_token& stop,
                     const Say& say) -> Result<std::string> {
        const auto backup = backups->make(path, at, stop, told_to(*long_work, say));
        if (!backup) return std::unexpected(backup.error());
        warn_about_indexes(*backup);
        return describe(*backup);
      },
      .follow_up = [backups, long_work](sys_seconds at, const std::stop_token& stop, const Say& say)
          -> Result<void> { return backups->follow_up(at, stop, told_to(*long_work, say)); },
      .clock =
          [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); },
      .is_ours = [database = std::move(database)] { return database.is_primary(); }};
  return supervisor::worker<BackupJob>("backup", schedule, std::move(work));
}

}  // namespace coppice::app::backup
