#pragma once

#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// One option of a command, or one of its positional arguments.
struct OptionInfo {
  std::vector<std::string> names;  ///< "--follow", "-f"; of an argument its name alone: "PATH"
  std::string meaning;
  bool takes_value = false;
  bool is_argument = false;
  bool is_required = false;
};

/// What the command line knows of one command.
struct CommandInfo {
  std::string path;  ///< "backup create"; empty for the program itself
  std::string meaning;
  std::string footer;
  std::vector<OptionInfo> options;
  std::vector<std::string> children;  ///< names of its own commands
};

/// The program and all commands, each behind the one that it belongs to. What completion and the
/// manual page are made of, so that they can't say anything else than the command line does.
[[nodiscard]] std::vector<CommandInfo> command_tree(const CLI::App& app);

}  // namespace coppice::app::cli
