#pragma once

#include <string>
#include <string_view>

namespace coppice::app::content {

/// Appends @p text to @p out as HTML text, safe inside a double-quoted attribute too.
void append_html_escaped(std::string& out, std::string_view text);

[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace coppice::app::content
