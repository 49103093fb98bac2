#include "app/content/content_yaml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "app/content/date_time.hpp"
#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

std::size_t line_of(const YAML::Node& node, std::size_t first_line) {
  const YAML::Mark mark = node.Mark();
  return mark.is_null() ? first_line : first_line + static_cast<std::size_t>(mark.line);
}

/// Loads @p yaml; the library's exceptions end here.
std::expected<YAML::Node, SourceProblem> load(std::string_view yaml, std::size_t first_line) {
  try {
    return YAML::Load(std::string(yaml));
  } catch (const YAML::Exception& e) {
    const auto line = e.mark.is_null() ? 0 : static_cast<std::size_t>(e.mark.line);
    return std::unexpected(SourceProblem{first_line + line, e.msg});
  }
}

/// Reads the values of one mapping and collects what is wrong with them.
class FieldReader {
 public:
  FieldReader(const YAML::Node& mapping, std::size_t first_line, FieldProblems& problems)
      : mapping_(mapping), first_line_(first_line), problems_(problems) {}

  std::string text(const char* field) const { return optional_text(field).value_or(""); }

  /// Absent, null and blank are the same: there is no value.
  std::optional<std::string> optional_text(const char* field) const {
    const YAML::Node node = mapping_[field];
    if (!node || node.IsNull()) return std::nullopt;
    if (!node.IsScalar()) {
      report(field, node, "text is expected");
      return std::nullopt;
    }
    if (trimmed(node.Scalar()).empty()) return std::nullopt;
    return node.Scalar();
  }

  bool boolean(const char* field) const {
    const std::optional<std::string> written = optional_text(field);
    if (!written) return false;
    constexpr std::array<std::string_view, 2> kYes = {"true", "yes"};
    constexpr std::array<std::string_view, 2> kNo = {"false", "no"};
    const std::string lower = ascii_lowered(*written);
    if (std::ranges::find(kYes, lower) != kYes.end()) return true;
    if (std::ranges::find(kNo, lower) == kNo.end()) {
      report(field, mapping_[field], fmt::format("\"{}\" is neither true nor false", *written));
    }
    return false;
  }

  std::optional<std::string> date_time(const char* field) const {
    const std::optional<std::string> written = optional_text(field);
    if (!written) return std::nullopt;
    auto time = parse_date_time(trimmed(*written));
    if (time) return std::move(*time);
    report(field, mapping_[field], time.error().context);
    return std::nullopt;
  }

  /// A list of texts, or one text that stands for a list of one.
  std::vector<std::string> texts(const char* field) const {
    const YAML::Node node = mapping_[field];
    if (!node || node.IsNull()) return {};
    if (node.IsScalar()) {
      auto one = optional_text(field);
      return one ? std::vector{std::move(*one)} : std::vector<std::string>{};
    }
    std::vector<std::string> list;
    if (!node.IsSequence()) report(field, node, "a list of texts is expected");
    for (const YAML::Node& item : sequence(node)) {
      if (!item.IsScalar()) {
        report(field, item, "a list of texts is expected");
      } else if (const std::string_view value = trimmed(item.Scalar()); !value.empty()) {
        list.emplace_back(value);
      }
    }
    return list;
  }

  std::size_t line(const char* field) const {
    const YAML::Node node = mapping_[field];
    return node ? line_of(node, first_line_) : 0;
  }

 private:
  static YAML::Node sequence(const YAML::Node& node) {
    return node.IsSequence() ? node : YAML::Node(YAML::NodeType::Sequence);
  }

  void report(const char* field, const YAML::Node& node, std::string detail) const {
    problems_.push_back(
        {field, std::string(kInvalid), std::move(detail), line_of(node, first_line_)});
  }

  const YAML::Node mapping_;
  std::size_t first_line_;
  FieldProblems& problems_;
};

ProjectEntry read_project(const YAML::Node& node) {
  ProjectEntry entry;
  entry.line = line_of(node, 1);
  const FieldReader fields(node, 1, entry.problems);
  entry.project = {.name = fields.text("name"),
                   .url = fields.text("url"),
                   .description = fields.text("description"),
                   .tags = fields.texts("tags")};
  return entry;
}

}  // namespace

std::expected<PostFrontMatter, SourceProblem> parse_post_front_matter(std::string_view yaml,
                                                                      std::size_t first_line) {
  const auto root = load(yaml, first_line);
  if (!root) return std::unexpected(root.error());
  if (!root->IsMap()) {
    return std::unexpected(
        SourceProblem{first_line, "the front matter must be a list of `key: value` lines"});
  }
  PostFrontMatter front;
  const FieldReader fields(*root, first_line, front.problems);
  front.post = {.title = fields.text("title"),
                .slug = fields.text("slug"),
                .raw_body = {},
                .published_at = fields.date_time("published_at"),
                .is_draft = fields.boolean("is_draft"),
                .description = fields.optional_text("description"),
                .tags = fields.texts("tags"),
                .permalinks = fields.texts("permalinks")};
  front.slug_line = fields.line("slug");
  return front;
}

std::expected<std::vector<ProjectEntry>, SourceProblem> parse_projects(std::string_view yaml) {
  const auto root = load(yaml, 1);
  if (!root) return std::unexpected(root.error());
  const YAML::Node list = root->IsMap() ? (*root)["projects"] : YAML::Node();
  if (!list || !list.IsSequence()) {
    return std::unexpected(SourceProblem{1, "a list under the key `projects` is expected"});
  }
  std::vector<ProjectEntry> entries;
  for (const YAML::Node& node : list) {
    if (!node.IsMap()) {
      return std::unexpected(SourceProblem{
          line_of(node, 1), "each project must be a list of `name`, `url` and `description`"});
    }
    entries.push_back(read_project(node));
  }
  return entries;
}

}  // namespace coppice::app::content
