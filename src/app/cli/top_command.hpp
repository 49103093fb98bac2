#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice top`, which shows what the actors of a running server do, again and again.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_top_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
