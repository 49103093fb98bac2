#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

/// The nodes of a cluster for people, from the admin API's JSON: a line for each, and one on how
/// this node reaches the others.
[[nodiscard]] std::string render_nodes(std::string_view json);

}  // namespace coppice::app::cli
