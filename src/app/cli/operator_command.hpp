#pragma once

#include <functional>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// What each command to a running server takes.
struct OperatorOptions {
  std::string socket;
  bool json = false;
};

/// Adds a command that talks to a running server, with its options.
/// @param options  Gets what the command line says; must outlive the parsing.
/// @param example  Whole command lines, one on each line.
CLI::App* add_operator_command(CLI::App& app, OperatorOptions& options, const char* name,
                               const char* help, const std::string& example);

/// Whether standard output takes colours, as takes_colours() tells.
[[nodiscard]] bool shows_colours();

}  // namespace coppice::app::cli
