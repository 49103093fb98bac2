#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

/// From which level on lines are logged, for people, from the admin API's JSON; and how many lines
/// could not be written, if there are any.
[[nodiscard]] std::string render_levels(std::string_view json);

}  // namespace coppice::app::cli
