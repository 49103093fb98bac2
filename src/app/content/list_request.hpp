#pragma once

#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::content {

inline constexpr int kDefaultLimit = 20;
inline constexpr int kMaxLimit = 100;

/// Reads a list's limit from a query string: empty means kDefaultLimit, more than kMaxLimit means
/// kMaxLimit.
/// Errors: invalid_argument when it isn't a whole number from 1 on.
[[nodiscard]] actors::Result<int> parse_limit(std::string_view written);

}  // namespace coppice::app::content
