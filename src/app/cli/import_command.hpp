#pragma once

#include <string>

namespace coppice::app::cli {

struct ImportOptions {
  std::string folder;
  std::string database;  ///< empty: DATABASE_PATH
  bool trusted = false;
  bool json = false;
};

/// `coppice import`: brings the schema up to date, imports the folder and prints what became of
/// each file. Returns an exit code; files that were skipped make it ExitCode::failure.
[[nodiscard]] int run_import(const ImportOptions& options);

}  // namespace coppice::app::cli
