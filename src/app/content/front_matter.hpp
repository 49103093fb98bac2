#pragma once

#include <cstddef>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::content {

/// A Markdown file taken apart. The views point into the file's text.
struct FrontMatter {
  std::string_view yaml;      ///< What stands between the two `---` lines.
  std::string_view body;      ///< All that follows the second one, without leading empty lines.
  std::size_t yaml_line = 0;  ///< The line of the file where `yaml` starts, from 1.
};

/// Splits @p file after a first line `---` and the next line `---`; later such lines are Markdown.
/// Lines may end in CR LF, and a UTF-8 byte order mark at the start is ignored.
///
/// Errors: malformed, when either of the two lines is missing.
[[nodiscard]] actors::Result<FrontMatter> split_front_matter(std::string_view file);

}  // namespace coppice::app::content
