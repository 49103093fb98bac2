#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

/// One actor for people, from the admin API's JSON: a name and a value on each line.
[[nodiscard]] std::string render_actor(std::string_view json);

}  // namespace coppice::app::cli
