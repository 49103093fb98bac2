#pragma once

#include <string>
#include <vector>

#include "app/cli/command_tree.hpp"

namespace coppice::app::cli {

/// The manual page coppice(1), in roff: every command with its options, the environment, the exit
/// codes.
[[nodiscard]] std::string man_page(const std::vector<CommandInfo>& commands);

}  // namespace coppice::app::cli
