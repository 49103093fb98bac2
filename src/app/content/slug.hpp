#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace coppice::app::content {

/// Whether @p slug can name a post: `^[a-z0-9_-]+$`.
[[nodiscard]] bool is_valid_slug(std::string_view slug) noexcept;

/// Turns a heading into something that can stand in an address: ASCII letters in lower case and
/// digits stay, letters of other scripts stay as they are, apostrophes go, and each run of anything
/// else becomes one hyphen. "What's new?" → "whats-new". Never empty: "section" if nothing is left.
[[nodiscard]] std::string slugify(std::string_view text);

/// Hands out each identifier once: "intro", "intro-1", "intro-2", …
class UniqueSlugs {
 public:
  /// @param reserved  An identifier that is taken already, or empty.
  explicit UniqueSlugs(std::string_view reserved);

  [[nodiscard]] std::string take(const std::string& wanted);

 private:
  std::set<std::string> taken_;
  std::map<std::string, std::size_t> next_suffix_;  // so that a thousand equal headings stay cheap
};

}  // namespace coppice::app::content
