#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::app::content {

struct HtmlAttribute {
  std::string name;
  std::string_view value;  ///< As written, entities included.
};

struct HtmlTag {
  std::string name;
  std::vector<HtmlAttribute> attributes;
  bool closing = false;
  std::size_t size = 0;  ///< How much of the source it spans.
};

/// Reads the tag that @p html starts with, names in lower case; the values point into @p html.
/// Nothing when it is no well-formed tag, so that a `<` in a text stays one.
/// @pre @p html starts with `<`.
[[nodiscard]] std::optional<HtmlTag> read_html_tag(std::string_view html);

}  // namespace coppice::app::content
