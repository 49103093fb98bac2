#pragma once

#include <string>

namespace coppice::app::cli {

struct BackupCommandOptions {
  std::string folder;    ///< empty: BACKUP_PATH
  std::string database;  ///< empty: DATABASE_PATH
  std::string socket;    ///< empty: ADMIN_SOCKET, or the database's
  std::string which;     ///< a file, a name or "latest"
  bool local = false;    ///< leave the S3 store alone
  bool json = false;
};

/// `coppice backup create`: has the server make it that has the database, and else makes it itself,
/// as it does where it is told of a folder or to leave the store alone. Each returns an exit code.
[[nodiscard]] int run_backup_create(const BackupCommandOptions& options);

/// `coppice backup list`: newest first. ExitCode::failure if one of them is damaged.
[[nodiscard]] int run_backup_list(const BackupCommandOptions& options);

/// `coppice backup verify`. See exit_code_of_backup().
[[nodiscard]] int run_backup_verify(const BackupCommandOptions& options);

/// `coppice backup restore`. If a server runs on the database, it is asked to do it. See
/// exit_code_of_backup().
[[nodiscard]] int run_backup_restore(const BackupCommandOptions& options);

}  // namespace coppice::app::cli
