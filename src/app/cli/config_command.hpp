#pragma once

#include <functional>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice config`, which shows the configuration of a running server, or what the
/// environment would make of one.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_config_command(CLI::App& app, std::function<int()>& chosen);

/// The configuration for people, from the admin API's JSON: what is set first.
[[nodiscard]] std::string render_config(std::string_view json);

}  // namespace coppice::app::cli
