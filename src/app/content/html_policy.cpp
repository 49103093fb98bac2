#include "app/content/html_policy.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

using Text = std::string_view;

constexpr std::array kElements = std::to_array<Text>(
    {"a",     "abbr",    "b",     "blockquote", "br",     "caption", "cite", "code",       "dd",
     "del",   "details", "dfn",   "div",        "dl",     "dt",      "em",   "figcaption", "figure",
     "h1",    "h2",      "h3",    "h4",         "h5",     "h6",      "hr",   "i",          "img",
     "input", "ins",     "kbd",   "li",         "mark",   "ol",      "p",    "pre",        "q",
     "s",     "samp",    "small", "span",       "strike", "strong",  "sub",  "summary",    "sup",
     "table", "tbody",   "td",    "tfoot",      "th",     "thead",   "tr",   "tt",         "u",
     "ul",    "var",     "wbr"});
static_assert(std::ranges::is_sorted(kElements));

constexpr std::array kVoidElements = std::to_array<Text>({"br", "hr", "img", "input", "wbr"});

/// Only their tags make these dangerous or pointless.
constexpr std::array kUnwrapped = std::to_array<Text>(
    {"applet", "base", "body", "button", "embed", "form", "frame", "frameset", "head", "html",
     "iframe", "link", "meta", "noscript", "object", "template"});
static_assert(std::ranges::is_sorted(kUnwrapped));

constexpr std::array kErased = std::to_array<Text>({"script", "style"});

template <std::size_t N>
bool contains(const std::array<Text, N>& sorted, Text name) {
  return std::ranges::binary_search(sorted, name);
}

bool is_digits(Text text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Letters, digits and what identifiers are made of; never white space, quotes or `&`.
bool is_identifier(Text text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_ascii_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || c == '-' || c == '_' ||
           c == '.' || c == ':';
  });
}

/// Looks at the part of an address that can hold a scheme. An entity there could spell a colon, so
/// none but `&amp;` is let through.
bool is_safe_address(Text address) {
  address = trimmed(address);
  const Text head = address.substr(0, address.find_first_of("/?#"));
  if (head.find_first_of("<>\"'") != Text::npos) return false;
  for (std::size_t at = head.find('&'); at != Text::npos; at = head.find('&', at + 1)) {
    if (!head.substr(at).starts_with("&amp;")) return false;
  }
  const std::size_t colon = head.find(':');
  if (colon == Text::npos) return true;
  const std::string scheme = ascii_lowered(head.substr(0, colon));
  return scheme == "http" || scheme == "https" || scheme == "mailto" || scheme == "tel";
}

/// The one style that the renderer itself writes: the colours of an image's placeholder.
bool is_placeholder_style(Text style) {
  constexpr Text kPrefix = "--lqip:";
  if (!style.starts_with(kPrefix)) return false;
  style.remove_prefix(kPrefix.size());
  if (style.starts_with('-')) style.remove_prefix(1);
  return is_digits(style) && style.size() <= 7;
}

bool is_cell(Text element) { return element == "td" || element == "th"; }

bool is_heading(Text element) {
  return element.size() == 2 && element[0] == 'h' && element[1] >= '1' && element[1] <= '6';
}

bool is_allowed_image_attribute(Text name, Text value) {
  if (name == "src") return is_safe_address(value);
  if (name == "width" || name == "height") return is_digits(value);
  if (name == "loading") return value == "lazy";
  return name == "alt" || (name == "style" && is_placeholder_style(value));
}

}  // namespace

ElementRule rule_of_element(std::string_view name) noexcept {
  if (contains(kElements, name)) return ElementRule::keep;
  if (contains(kUnwrapped, name)) return ElementRule::unwrap;
  if (contains(kErased, name)) return ElementRule::erase;
  return ElementRule::as_text;
}

bool is_void_element(std::string_view name) noexcept { return contains(kVoidElements, name); }

bool is_allowed_attribute(std::string_view element, std::string_view name, std::string_view value) {
  if (name == "title") return true;
  if (element == "img") return is_allowed_image_attribute(name, value);
  if (element == "a") {
    if (name == "href") return is_safe_address(value);
    return (name == "id" || name == "name") && is_identifier(value);
  }
  if (is_heading(element)) return name == "id" && is_identifier(value);
  if (is_cell(element)) {
    if (name == "align") return value == "left" || value == "center" || value == "right";
    return (name == "colspan" || name == "rowspan") && is_digits(value) && value.size() <= 3;
  }
  if (element == "code") return name == "class" && value.starts_with("language-");
  if (element == "ol") return name == "start" && is_digits(value);
  if (element == "input") return name == "checked";
  return element == "details" && name == "open";
}

}  // namespace coppice::app::content
