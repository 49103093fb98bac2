#pragma once

#include <string>

namespace coppice::app::cli {

struct ImportOptions {
  std::string folder;
  std::string database;  ///< empty: DATABASE_PATH
  std::string socket;    ///< the server's admin socket
  bool trusted = false;
  bool force = false;
  bool json = false;
};

/// `coppice import`: has the server import the folder that answers on the admin socket; without
/// one, or with one of another database, brings the schema up to date and imports it here. Prints
/// what became of each file. Returns an exit code; files that were skipped make it
/// ExitCode::failure.
[[nodiscard]] int run_import(const ImportOptions& options);

}  // namespace coppice::app::cli
