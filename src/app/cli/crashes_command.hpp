#pragma once

#include <functional>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice crashes`, which asks the running server, or reads the database where none runs.
void add_crashes_command(CLI::App& app, std::function<int()>& chosen);

/// What crashes_json() made, as a table for people.
[[nodiscard]] std::string render_crashes(std::string_view json);

}  // namespace coppice::app::cli
