#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

struct TreeStyle {
  bool colour = false;
  bool all = false;  ///< show every child of a dynamic supervisor, not only their number
};

/// The actor tree for people, from the admin API's JSON: one line for each actor, with what is
/// unwell marked.
[[nodiscard]] std::string render_tree(std::string_view json, const TreeStyle& style);

}  // namespace coppice::app::cli
