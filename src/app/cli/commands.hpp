#pragma once

namespace coppice::app::cli {

/// Exit codes, as docs/admin.md lists them.
enum ExitCode : int {
  success = 0,
  failure = 1,      ///< it was tried and did not work
  usage = 2,        ///< the command line or the environment is wrong
  unavailable = 3,  ///< no server answers
};

/// Runs the command line: `coppice server`, `coppice tree` …. Returns the process's exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace coppice::app::cli
