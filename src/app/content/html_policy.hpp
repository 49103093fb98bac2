#pragma once

#include <cstdint>
#include <string_view>

namespace coppice::app::content {

/// What happens to an element of an author who isn't trusted.
enum class ElementRule : std::uint8_t {
  keep,
  unwrap,   ///< The tags go, the content stays.
  erase,    ///< The content goes too: it is script or style.
  as_text,  ///< It is no element of HTML that an article needs; its tags stay readable.
};

/// @p name in lower case.
[[nodiscard]] ElementRule rule_of_element(std::string_view name) noexcept;

/// Whether an element that is kept has no content and no closing tag.
[[nodiscard]] bool is_void_element(std::string_view name) noexcept;

/// Whether an element that is kept may have this attribute. @p element and @p name are in lower
/// case; @p value is as written, entities included.
[[nodiscard]] bool is_allowed_attribute(std::string_view element, std::string_view name,
                                        std::string_view value);

}  // namespace coppice::app::content
