#include "app/http/multipart.hpp"

#include <optional>

#include "net/http/headers.hpp"
#include "net/utf8.hpp"

namespace coppice::app::http {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::http::equals_ignoring_case;
using net::http::trim;
using net::http::without_parameters;

namespace {

constexpr std::size_t kMaxHeadBytes = 8'192;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046, section 5.1.1

std::unexpected<actors::Error> malformed(std::string what) {
  return fail(Errc::malformed, "the form is malformed: " + std::move(what));
}

/// Takes a token or a quoted string off the text.
std::optional<std::string> take_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find(';'), text.size());
    std::string value(trim(text.substr(0, end)));
    text.remove_prefix(end);
    return value;
  }
  std::string value;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return value;
    }
    // Browsers write a quote as %22 and leave backslashes alone; others escape both.
    const bool escaped =
        text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (escaped) ++at;
    value += text[at];
  }
  return std::nullopt;
}

/// A parameter of a header's value: `boundary` in `multipart/form-data; boundary=x`. The first of
/// that name; nothing if there is none or the value is malformed before it.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
  auto semicolon = value.find(';');
  while (semicolon != std::string_view::npos) {
    value.remove_prefix(semicolon + 1);
    const auto equals = value.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = trim(value.substr(0, equals));
    value = value.substr(equals + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    auto text = take_value(value);
    if (!text) return std::nullopt;
    if (equals_ignoring_case(name, wanted)) return text;
    semicolon = value.find(';');
  }
  return std::nullopt;
}

std::string without_folders(std::string name) {
  const auto slash = name.find_last_of("/\\");
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

Result<void> read_header(std::string_view line, Part& part) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a part's header has no colon");
  const auto name = trim(line.substr(0, colon));
  const auto value = trim(line.substr(colon + 1));
  if (equals_ignoring_case(name, "content-type")) part.content_type = value;
  if (!equals_ignoring_case(name, "content-disposition")) return {};
  const auto kind = without_parameters(value);
  if (!equals_ignoring_case(kind, "form-data")) return malformed("a part is no form-data");
  auto field = parameter(value, "name");
  if (!field) return malformed("a part has no name");
  part.name = std::move(*field);
  part.file_name = without_folders(parameter(value, "filename").value_or(""));
  if (net::is_utf8(part.name) && net::is_utf8(part.file_name)) return {};
  return malformed("a name is not UTF-8");
}

/// @param text  A part: its headers, an empty line, its body.
Result<Part> read_part(std::string_view text) {
  Part part;
  while (!text.starts_with("\r\n")) {
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos || end > kMaxHeadBytes) {
      return malformed("a part's headers don't end");
    }
    if (auto read = read_header(text.substr(0, end), part); !read) {
      return std::unexpected(read.error());
    }
    text.remove_prefix(end + 2);
  }
  if (part.name.empty()) return malformed("a part has no name");
  part.body = text.substr(2);
  return part;
}

Result<std::string> delimiter_of(std::string_view content_type) {
  const auto boundary = parameter(content_type, "boundary");
  if (boundary && !boundary->empty() && boundary->size() <= kMaxBoundary) return "--" + *boundary;
  return malformed("content-type names no boundary of 1 to 70 characters");
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto delimiter = delimiter_of(content_type);
  if (!delimiter) return std::unexpected(delimiter.error());
  if (!body.starts_with(*delimiter)) return malformed("it does not begin with its boundary");
  body.remove_prefix(delimiter->size());
  const std::string next = "\r\n" + *delimiter;
  std::vector<Part> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return malformed("a boundary does not end its line");
    body.remove_prefix(2);
    const auto end = body.find(next);
    if (end == std::string_view::npos) return malformed("it has no end");
    if (parts.size() == kMaxParts) return fail(Errc::too_large, "the form has more than 32 parts");
    auto part = read_part(body.substr(0, end));
    if (!part) return std::unexpected(part.error());
    parts.push_back(std::move(*part));
    body.remove_prefix(end + next.size());
  }
  return parts;
}

}  // namespace coppice::app::http
