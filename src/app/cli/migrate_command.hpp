#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice migrate` with its subcommands up, down, to, redo and status. Each works on the
/// database file itself, while no server has it; status and dry runs only read, at any time.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_migrate_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
