#pragma once

#include <string>

namespace coppice::app::cli {

struct DbCommandOptions {
  std::string database;  ///< empty: DATABASE_PATH
  std::string socket;    ///< empty: ADMIN_SOCKET, or the database's
  bool json = false;
};

/// `coppice db check`: looks for damage, whether or not a server runs. Each returns an exit code;
/// damage makes it ExitCode::failure.
[[nodiscard]] int run_db_check(const DbCommandOptions& options);

/// `coppice db reindex`: makes the full-text indexes anew. If a server runs on the database, it is
/// asked to do it.
[[nodiscard]] int run_db_reindex(const DbCommandOptions& options);

/// `coppice db stats`: what the database is made of, whether or not a server runs.
[[nodiscard]] int run_db_stats(const DbCommandOptions& options);

/// `coppice db vacuum`: gives free pages back. Refuses while a server runs on the database, whose
/// writes would have to wait until the whole file has been rewritten.
[[nodiscard]] int run_db_vacuum(const DbCommandOptions& options);

}  // namespace coppice::app::cli
