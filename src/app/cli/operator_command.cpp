#include "app/cli/operator_command.hpp"

#include <algorithm>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "app/colours.hpp"
#include "app/config.hpp"

namespace coppice::app::cli {

CLI::App* add_operator_command(CLI::App& app, OperatorOptions& options, const char* name,
                               const char* help, const std::string& example) {
  options.socket = admin_socket_path(lookup_environment);
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--socket", options.socket,
                      "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  command->add_flag("--json", options.json, "print the server's answer as it is");
  std::string footer = example.find('\n') == std::string::npos ? "Example:" : "Examples:";
  for (std::size_t at = 0; at <= example.size();) {
    const auto end = std::min(example.find('\n', at), example.size());
    footer += "\n  " + example.substr(at, end - at);
    at = end + 1;
  }
  command->footer(footer);
  return command;
}

bool shows_colours() { return takes_colours(STDOUT_FILENO); }

}  // namespace coppice::app::cli
