#pragma once

#include <string>
#include <vector>

#include "app/cli/command_tree.hpp"

namespace coppice::app::cli {

// Scripts by which shells complete commands and options.

[[nodiscard]] std::string bash_completion(const std::vector<CommandInfo>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandInfo>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CommandInfo>& commands);

}  // namespace coppice::app::cli
