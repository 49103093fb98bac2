#include "app/content/slug.hpp"

#include <algorithm>

#include "app/content/unicode.hpp"

namespace coppice::app::content {

bool is_valid_slug(std::string_view slug) noexcept {
  return !slug.empty() && std::ranges::all_of(slug, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string slugify(std::string_view text) {
  std::string slug;
  bool gap = false;
  while (!text.empty()) {
    const CodePoint point = take_code_point(text);
    if (is_apostrophe(point.value)) continue;
    if (!is_word_character(point.value)) {
      gap = true;
      continue;
    }
    if (gap && !slug.empty()) slug += '-';
    gap = false;
    if (point.value < 0x80) {
      slug += ascii_lower(static_cast<char>(point.value));
    } else {
      slug += point.bytes;
    }
  }
  return slug.empty() ? "section" : slug;
}

UniqueSlugs::UniqueSlugs(std::string_view reserved) {
  if (!reserved.empty()) taken_.emplace(reserved);
}

std::string UniqueSlugs::take(const std::string& wanted) {
  if (taken_.insert(wanted).second) return wanted;
  std::size_t& suffix = next_suffix_[wanted];
  while (true) {
    std::string candidate = wanted + '-' + std::to_string(++suffix);
    if (taken_.insert(candidate).second) return candidate;
  }
}

}  // namespace coppice::app::content
