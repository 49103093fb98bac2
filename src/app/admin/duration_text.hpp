#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "actors/time.hpp"

namespace coppice::app::admin {

/// A time as operators write it: "500ms", "10s", "10m", "2h", above nothing and up to @p most.
/// Errors: invalid_argument, with @p name and what is accepted.
[[nodiscard]] actors::Result<actors::Duration> parse_duration(std::string_view name,
                                                              const std::string& text,
                                                              actors::Duration most);

}  // namespace coppice::app::admin
