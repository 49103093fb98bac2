#pragma once

#include <functional>
#include <string>

#include "actors/result.hpp"
#include "app/config.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice health`, which asks a server how it is, for health checks of containers: they need
/// no curl beside the program then. Its exit code is 0 for an answer with 200 and else 1, since
/// that is what they know.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_health_command(CLI::App& app, std::function<int()>& chosen);

/// Where the server that has this environment answers from this machine.
///
/// Errors: invalid_argument when PORT doesn't tell, as with 0.
[[nodiscard]] actors::Result<std::string> own_health_url(const Lookup& lookup);

}  // namespace coppice::app::cli
