#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice drain`, which has a server take no new clients and waits for those that it has.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_drain_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
