#pragma once

namespace coppice::app::cli {

/// Runs the command line: `coppice server`, `coppice tree` …. Returns the process's exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace coppice::app::cli
