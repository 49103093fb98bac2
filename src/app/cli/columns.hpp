#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::app::cli {

// Text in a terminal's columns. UTF-8 in, where each character takes one column.

/// How many columns it takes.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// With spaces behind it up to @p columns.
[[nodiscard]] std::string padded(std::string text, std::size_t columns);

/// Cut to @p columns, with an ellipsis in its last one, if it is longer.
[[nodiscard]] std::string fitted(std::string text, std::size_t columns);

}  // namespace coppice::app::cli
