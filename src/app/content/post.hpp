#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "app/content/field_problems.hpp"

namespace coppice::app::content {

/// A post as its author writes it.
struct PostSource {
  std::string title;
  std::string slug;
  std::string raw_body;                     ///< Markdown.
  std::optional<std::string> published_at;  ///< As stored: `YYYY-MM-DDTHH:MM:SS`, UTC.
  bool is_draft = false;
  std::optional<std::string> description;  ///< Markdown.
  std::vector<std::string> tags;           ///< Labels.
  std::vector<std::string> permalinks;
};

/// One line of a table of contents.
struct Heading {
  std::string link;   ///< The id of the element, without `#`.
  std::string title;  ///< Plain text.
  int level = 1;      ///< 1 to 6.

  auto fields(this auto& self) { return std::tie(self.link, self.title, self.level); }
  friend bool operator==(const Heading&, const Heading&) = default;
};

/// A post as the database holds it: the source and what derives from it.
struct Post {
  std::string title;
  std::string slug;
  std::string raw_body;
  std::string body;                        ///< HTML.
  std::optional<std::string> excerpt;      ///< HTML.
  std::optional<std::string> description;  ///< HTML.
  int reading_time_minutes = 1;
  bool is_draft = false;
  std::optional<std::string> published_at;
  std::vector<Heading> headings;  ///< The post's own title first, with its slug as the link.
  std::vector<std::string> permalinks;
  std::vector<std::string> tags;  ///< Labels, sorted, each once.

  auto fields(this auto& self) {
    return std::tie(self.title, self.slug, self.raw_body, self.body, self.excerpt, self.description,
                    self.reading_time_minutes, self.is_draft, self.published_at, self.headings,
                    self.permalinks, self.tags);
  }
  friend bool operator==(const Post&, const Post&) = default;
};

/// A project, as written and as stored.
struct Project {
  std::string name;
  std::string url;
  std::string description;
  std::vector<std::string> tags;  ///< Labels; sorted, each once, when stored.

  auto fields(this auto& self) {
    return std::tie(self.name, self.url, self.description, self.tags);
  }
  friend bool operator==(const Project&, const Project&) = default;
};

/// What is wrong with the source, apart from a taken slug, which only the database knows.
[[nodiscard]] FieldProblems validate(const PostSource& post);
[[nodiscard]] FieldProblems validate(const Project& project);

/// Minutes that @p raw_body takes at 260 words a minute, rounded up; at least 1.
[[nodiscard]] int reading_time_minutes(std::string_view raw_body);

/// The labels as a record keeps them: sorted, each once.
[[nodiscard]] std::vector<std::string> normalized_tags(std::vector<std::string> labels);

}  // namespace coppice::app::content
