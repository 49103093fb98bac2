#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice completion` and `coppice man`, which describe the whole command line: to be called
/// when all other commands are there or will be by the time that it is parsed.
///
/// @param app     Must outlive the command that is chosen.
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_shell_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
