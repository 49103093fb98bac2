#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/backup/backup_record.hpp"
#include "app/backup/retention.hpp"
#include "app/backup/s3_store.hpp"
#include "db/backup/backup.hpp"
#include "db/progress.hpp"

namespace coppice::app::backup {

struct BackupsOptions {
  std::filesystem::path folder{};
  Retention retention{};
  std::optional<S3Settings> store{};
  /// Shared by all copies.
  std::shared_ptr<BackupRecord> record = std::make_shared<BackupRecord>();
  /// Before the second attempt to reach the store; doubles with each.
  std::chrono::milliseconds store_pause = std::chrono::seconds(1);
};

/// A backup as lists show it.
struct ListedBackup {
  std::string name;
  std::chrono::sys_seconds created_at{};  ///< As its name says.
  std::uint64_t bytes = 0;
  bool in_folder = false;
  bool in_store = false;
  std::optional<db::BackupManifest> manifest{};  ///< Of one in the folder, if it is whole.
  std::string problem{};                         ///< Why one in the folder is not.
};

/// The backups of one database: those in a folder, and, if one is set, those in a store.
///
/// Thread: one at a time; blocks.
class Backups {
 public:
  explicit Backups(BackupsOptions options) : options_(std::move(options)) {}

  /// make(), then follow_up(). The backup stays if what follows it fails. Thread: any.
  /// Errors: those of make(); those of follow_up(), which then say that the backup was made.
  [[nodiscard]] actors::Result<db::Backup> create(const std::filesystem::path& database,
                                                  std::chrono::sys_seconds at,
                                                  const std::stop_token& stop,
                                                  const db::Report& report = {}) const;

  /// Makes a backup in the folder. Waits for another that is under way, in whichever copy of this.
  /// Thread: any.
  /// @param report  Is told of the phases of db::create_backup(); before that, if need be, of
  ///                waiting for the other one.
  /// Errors: those of db::create_backup().
  [[nodiscard]] actors::Result<db::Backup> make(const std::filesystem::path& database,
                                                std::chrono::sys_seconds at,
                                                const std::stop_token& stop,
                                                const db::Report& report = {}) const;

  /// Removes what need not be kept any more from the folder, whatever the store says, and then
  /// brings the store to where it should be: the whole ones of the folder that it lacks go there,
  /// the newest first, and what it need not keep is removed. Can be done again at any time, and has
  /// then only what is missing left to do. Waits as make() does. Thread: any.
  /// @param report  Is told of "removing old backups" and "uploading", in bytes; before that, if
  ///                need be, of waiting for the other one.
  /// Errors: those of removing, and of S3Store.
  [[nodiscard]] actors::Result<void> follow_up(std::chrono::sys_seconds at,
                                               const std::stop_token& stop,
                                               const db::Report& report = {}) const;

  [[nodiscard]] const BackupsOptions& options() const noexcept { return options_; }

  /// Newest first. Errors: io_error for the folder (one that isn't there is empty).
  [[nodiscard]] actors::Result<std::vector<ListedBackup>> list_folder() const;
  /// The newest whole one in the folder, of which the record is told as well; nothing if there is
  /// none or the folder can't be read. Thread: any.
  [[nodiscard]] std::optional<ListedBackup> newest_whole() const;
  /// With those of the store. Errors: also those of S3Store.
  [[nodiscard]] actors::Result<std::vector<ListedBackup>> list() const;

  /// The file of a backup that is named by a path, by its name, or as "latest": the newest whole
  /// one. One that is in the store only is brought into the folder.
  /// @param report  Is told of the phase "downloading", which has no figures, if that has to be.
  /// Errors: not_found, saying where it was looked for; disk_full; those of list() and S3Store.
  [[nodiscard]] actors::Result<std::filesystem::path> fetch(const std::string& which,
                                                            const std::stop_token& stop = {},
                                                            const db::Report& report = {}) const;

 private:
  /// Errors: cancelled if it is to stop while it waits.
  [[nodiscard]] actors::Result<BackupRecord::Turn> take_turn(const std::stop_token& stop,
                                                             const db::Report& report) const;
  // These need the turn.
  [[nodiscard]] actors::Result<db::Backup> make_now(const std::filesystem::path& database,
                                                    std::chrono::sys_seconds at,
                                                    const std::stop_token& stop,
                                                    const db::Report& report) const;
  [[nodiscard]] actors::Result<void> follow_up_now(std::chrono::sys_seconds at,
                                                   const std::stop_token& stop,
                                                   const db::Report& report) const;
  [[nodiscard]] actors::Result<void> trim_folder(std::chrono::sys_seconds now) const;
  [[nodiscard]] actors::Result<void> bring_to_store(std::chrono::sys_seconds now,
                                                    const std::stop_token& stop,
                                                    const db::Report& report) const;
  [[nodiscard]] actors::Result<void> upload(const std::string& name, const std::stop_token& stop,
                                            const db::Report& report) const;

  [[nodiscard]] S3Store store() const { return S3Store(*options_.store, options_.store_pause); }
  [[nodiscard]] actors::Result<std::filesystem::path> download(const ListedBackup& backup,
                                                               const std::stop_token& stop) const;

  BackupsOptions options_;
};

}  // namespace coppice::app::backup
