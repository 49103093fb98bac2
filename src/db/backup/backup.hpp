#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/backup/manifest.hpp"
#include "db/progress.hpp"

namespace coppice::db {

struct BackupOptions {
  std::filesystem::path database{};
  std::filesystem::path folder{};  ///< Where the backup goes; made if it isn't there.
  std::chrono::sys_seconds at{};   ///< The time that its name and manifest say.
  std::string version{};           ///< Of this program.
};

struct Backup {
  std::filesystem::path file;
  BackupManifest manifest;
  /// What is wrong with the database's full-text indexes, and so with the backup's: no reason to
  /// have none, since a restore makes them anew.
  std::vector<std::string> index_problems{};
};

/// Makes a backup of a database that may be in use meanwhile (see copy_snapshot()), and verifies
/// it. Only then it gets its name, so that what has the name of a backup is whole and on the disk,
/// whatever ends the process when. The folder needs room for the database and the backup together.
/// The work is done on a thread of low priority (run_in_background()).
///
/// @param report  Is told of the phases "copying" and "compressing", then those of verify_backup().
/// Errors: not_found without a database; corrupt if it is damaged; disk_full, io_error; cancelled
/// when @p stop asks. Thread: any; blocks.
[[nodiscard]] actors::Result<Backup> create_backup(const BackupOptions& options,
                                                   const std::stop_token& stop = {},
                                                   const Report& report = {});

/// Decompresses a backup, compares checksum and size, opens the database and checks it.
/// @param scratch  Where there is room for the database; a folder in it is used and removed.
/// @param report  Is told of the phases "unpacking", "checking", which has no figures, and
/// "checking
///                the full-text indexes".
/// Errors: those of extract_archive() and require_sound(). Thread: any; blocks.
[[nodiscard]] actors::Result<Backup> verify_backup(const std::filesystem::path& archive,
                                                   const std::filesystem::path& scratch,
                                                   const std::stop_token& stop = {},
                                                   const Report& report = {});

/// "coppice-20260101T000000Z-42.db.zst": names sort by time; the number is the position's sequence.
[[nodiscard]] std::string backup_file_name(const BackupManifest& manifest);

/// Whether a file's name is that of a backup.
[[nodiscard]] bool is_backup_file_name(std::string_view name);

}  // namespace coppice::db
