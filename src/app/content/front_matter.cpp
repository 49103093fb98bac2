#include "app/content/front_matter.hpp"

namespace coppice::app::content {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Takes the first line off @p rest, without its line end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_fence(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t");
  return last != std::string_view::npos && line.substr(0, last + 1) == "---";
}

std::string_view without_leading_empty_lines(std::string_view text) {
  const std::size_t first = text.find_first_not_of("\r\n");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

}  // namespace

actors::Result<FrontMatter> split_front_matter(std::string_view file) {
  if (file.starts_with(kByteOrderMark)) file.remove_prefix(kByteOrderMark.size());
  if (!is_fence(take_line(file))) {
    return actors::fail(actors::Errc::malformed, "the first line must be ---");
  }
  const std::string_view from_yaml = file;
  while (!file.empty()) {
    const std::size_t yaml_size = from_yaml.size() - file.size();
    if (!is_fence(take_line(file))) continue;
    return FrontMatter{.yaml = from_yaml.substr(0, yaml_size),
                       .body = without_leading_empty_lines(file),
                       .yaml_line = 2};
  }
  return actors::fail(actors::Errc::malformed, "no line --- ends the front matter");
}

}  // namespace coppice::app::content
