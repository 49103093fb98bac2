#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::app::cli {

struct TreeStyle {
  bool colour = false;
  std::size_t columns = 0;  ///< of the terminal: lines are cut there; 0 for no end
  bool all = false;         ///< show every child of a dynamic supervisor, not only their number
};

/// The actor tree for people, from the admin API's JSON: one line for each actor, with a "!" before
/// the state of what is unwell. Where lines are cut, pids, handled messages and mailboxes are left
/// out, in that order, until notes have some room.
[[nodiscard]] std::string render_tree(std::string_view json, const TreeStyle& style);

/// The trees of several nodes, each below its node's name, from the admin API's JSON; or why there
/// is none of a node.
[[nodiscard]] std::string render_trees(std::string_view json, const TreeStyle& style);

}  // namespace coppice::app::cli
