#pragma once

namespace coppice::app::cli {

/// Exit codes, as docs/command-line.md lists them.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,      ///< it was tried and did not work
  kUsage = 2,        ///< the command line or the environment is wrong
  kUnavailable = 3,  ///< no server answers
};

/// Runs the command line: `coppice server`, `coppice tree` …. Returns the process's exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace coppice::app::cli
