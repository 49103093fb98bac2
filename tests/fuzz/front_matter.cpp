#include "app/content/front_matter.hpp"

#include <algorithm>
#include <string>

#include "app/content/content_yaml.hpp"
#include "app/content/source_text.hpp"
#include "fuzz/target.hpp"

/// A file of the content folder: an article, or the projects.
namespace coppice::fuzz {
namespace {

using namespace app::content;  // NOLINT(google-build-using-namespace): what is under test

void check_line(std::size_t line, std::size_t lines) {
  expect(line <= lines + 1, "a problem is on a line of the file");
}

void check_post(std::string_view file, std::size_t lines) {
  const auto split = split_front_matter(file);
  if (!split) return;
  expect(split->yaml.data() >= file.data(), "the front matter is a part of the file");
  expect(split->body.empty() || split->body.data() > split->yaml.data(), "the body follows it");
  expect(split->yaml.size() + split->body.size() + 6 <= file.size(), "both are between fences");
  expect(split->yaml_line == 2, "it starts behind the first fence");

  const auto read = parse_post_front_matter(split->yaml, split->yaml_line);
  if (!read) return check_line(read.error().line, lines);
  for (const auto& problem : read->problems) check_line(problem.line, lines);
  check_line(read->slug_line, lines);
  for (const auto& tag : read->post.tags) {
    expect(tag.find_first_not_of(" \t\r\n") != std::string::npos, "no tag is blank");
  }
  const auto& published = read->post.published_at;
  expect(!published || published->size() == 19, "a time has its one form");
}

void check_projects(std::string_view file, std::size_t lines) {
  const auto read = parse_projects(file);
  if (!read) return check_line(read.error().line, lines);
  for (const auto& entry : *read) {
    check_line(entry.line, lines);
    for (const auto& problem : entry.problems) check_line(problem.line, lines);
  }
}

void run(std::string_view input) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(input, '\n')) + 1;
  if (const auto unclean = first_unclean_line(input); unclean > 0) {
    return expect(unclean <= lines, "what is unclean is on a line");  // it is refused
  }
  check_post(input, lines);
  check_projects(input, lines);
}

const Registration kRegistration("front_matter", run);

}  // namespace
}  // namespace coppice::fuzz
