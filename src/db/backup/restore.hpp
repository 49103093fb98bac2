#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/backup/manifest.hpp"
#include "db/backup/scratch_folder.hpp"
#include "db/free_space.hpp"
#include "db/progress.hpp"

namespace coppice::db {

class Connection;

/// A backup's database, verified and ready to take another one's place.
///
/// It begins an epoch of its own, after both its own and that of the database that it replaces:
/// positions that were given out before the restore are behind it, and none comes twice.
struct PreparedRestore {
  ScratchFolder folder;  ///< Beside the database, on the same file system; holds the file.
  std::filesystem::path file;
  BackupManifest manifest;  ///< Of the backup.
  Position position;        ///< That of the file; zeros if its schema has none.
  /// What was wrong with its full-text indexes, which were made anew for it.
  std::vector<std::string> mended;
};

/// What else has to be done with a restored database before it is used.
using Adapt = std::function<actors::Result<void>(Connection& restored)>;

/// What decides whether there is room for a restore.
struct RestoreRoom {
  /// A server has the database open, and it is sound: see restore_running(). It writes the new
  /// content once more, into its log, and keeps a copy of the old one.
  bool is_served = false;
  MeasureFreeSpace free_space = free_space_beside;
};

/// Changes nothing but what is in the scratch folder, and writes nothing there unless there is room
/// for all that the restore is going to write.
/// @param adapt  If given, runs before the new epoch begins.
/// @param report  Is told of the phases of verify_backup(), and of "making the full-text indexes
///                anew" if that has to be.
/// Errors: disk_full, with what is needed and what there is; those of verify_backup() and of
/// @p adapt. Thread: any; blocks.
[[nodiscard]] actors::Result<PreparedRestore> prepare_restore(const std::filesystem::path& archive,
                                                              const std::filesystem::path& database,
                                                              const Adapt& adapt = {},
                                                              const std::stop_token& stop = {},
                                                              const Report& report = {},
                                                              const RestoreRoom& room = {});

struct Restored {
  BackupManifest manifest;
  Position position;
  /// Where the database that was there before is now; empty if there was none.
  std::filesystem::path kept;
  std::vector<std::string> mended;  ///< See PreparedRestore.
};

/// Puts a backup in the place of a database that nobody uses. The old one stays beside it as
/// `NAME.before-restore-20260101T000000Z`. At every moment there is one or the other.
///
/// @param report  Is told of the phases of prepare_restore(); what follows takes no time.
/// Errors: busy while a server runs on the database or another program has it open; those of
/// prepare_restore(); conflict if the name for the old one is taken. After an error the old one is
/// where it was. Thread: any; blocks.
[[nodiscard]] actors::Result<Restored> restore_stopped(const std::filesystem::path& archive,
                                                       const std::filesystem::path& database,
                                                       std::chrono::sys_seconds at,
                                                       const std::stop_token& stop = {},
                                                       const Report& report = {},
                                                       const RestoreRoom& room = {});

/// Puts a prepared backup in the place of a database that a server runs on, which calls this on
/// its writer's thread, between two transactions. A copy of the old content is kept beside it, as
/// above; readers go on and see the new content from their next transaction on.
///
/// @param report  Is told of the phases of copy_snapshot() and overwrite_content().
/// Errors: conflict if another restore came between, or if the name for the old content is taken;
/// those of overwrite_content(). After an error the content is as it was, and the copy is gone
/// where nothing can have been written. Blocks.
[[nodiscard]] actors::Result<Restored> restore_running(const PreparedRestore& prepared,
                                                       const std::filesystem::path& database,
                                                       std::chrono::sys_seconds at,
                                                       const Report& report = {});

/// Whose log it is that lies beside a database.
enum class LogOwner : std::uint8_t {
  the_file,     ///< That of the file that is there, or was.
  former_file,  ///< That of the one that another file has taken the place of.
};

/// Puts a prepared backup in the place of a database that a server runs on and that can't be read
/// any more, or is gone: by renaming, with what was there kept beside it, and its WAL. The caller
/// has seen to it that no connection of its process begins anew meanwhile (ServedFile::bar()); one
/// that is open goes on with the old file.
///
/// @param log  A former file's is kept as `….former-wal`, so that SQLite doesn't take it for that
///             of what is kept.
/// Errors: those of File. After an error the old one is where it was, with its WAL.
[[nodiscard]] actors::Result<Restored> restore_replacing(const PreparedRestore& prepared,
                                                         const std::filesystem::path& database,
                                                         std::chrono::sys_seconds at,
                                                         LogOwner log = LogOwner::the_file);

/// "app.db.before-restore-20260101T000000Z", beside the database.
[[nodiscard]] std::filesystem::path kept_database(const std::filesystem::path& database,
                                                  std::chrono::sys_seconds at);

}  // namespace coppice::db
