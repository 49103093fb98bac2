#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice connections`, `channels`, `disconnect`, `topics` and `presence`, which ask a
/// running server.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_connections_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
