#include "app/content/post.hpp"

#include <algorithm>

#include "app/content/permalink.hpp"
#include "app/content/slug.hpp"
#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

constexpr std::size_t kWordsPerMinute = 260;

bool is_blank(std::string_view text) { return trimmed(text).empty(); }

void require(FieldProblems& problems, std::string_view field, std::string_view value) {
  if (is_blank(value)) problems.push_back({std::string(field), std::string(kBlank), {}, 0});
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = is_ascii_space(c);
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

}  // namespace

FieldProblems validate(const PostSource& post) {
  FieldProblems problems;
  require(problems, "title", post.title);
  require(problems, "raw_body", post.raw_body);
  require(problems, "slug", post.slug);
  if (!is_blank(post.slug) && !is_valid_slug(post.slug)) {
    problems.push_back({"slug", std::string(kBadSlug), {}, 0});
  }
  if (!std::ranges::all_of(post.permalinks, is_valid_permalink)) {
    problems.push_back({"permalinks", std::string(kBadPermalink), {}, 0});
  }
  return problems;
}

FieldProblems validate(const Project& project) {
  FieldProblems problems;
  require(problems, "name", project.name);
  require(problems, "url", project.url);
  require(problems, "description", project.description);
  return problems;
}

int reading_time_minutes(std::string_view raw_body) {
  const std::size_t words = count_words(raw_body);
  return static_cast<int>(
      std::max<std::size_t>(1, (words + kWordsPerMinute - 1) / kWordsPerMinute));
}

std::vector<std::string> normalized_tags(std::vector<std::string> labels) {
  std::ranges::sort(labels);
  const auto repeated = std::ranges::unique(labels);
  labels.erase(repeated.begin(), repeated.end());
  return labels;
}

}  // namespace coppice::app::content
