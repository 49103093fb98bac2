#include "app/http/multipart.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include "net/utf8.hpp"

/// A content type on the first line, a form's body on the rest.
namespace coppice::fuzz {
namespace {

using app::http::Part;

constexpr std::size_t kUsual = 2000;  // characters of a name; a part's headers have a limit

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string written(const std::vector<Part>& parts, const std::string& delimiter) {
  std::string body;
  for (const auto& part : parts) {
    body += delimiter + "\r\ncontent-disposition: form-data; name=" + in_quotes(part.name);
    if (!part.file_name.empty()) body += "; filename=" + in_quotes(part.file_name);
    body += "\r\n";
    if (!part.content_type.empty()) body += "content-type: " + part.content_type + "\r\n";
    body += "\r\n" + std::string(part.body) + "\r\n";
  }
  return body + delimiter + "--\r\n";
}

bool same(const Part& one, const Part& other) {
  return one.name == other.name && one.file_name == other.file_name &&
         one.content_type == other.content_type && one.body == other.body;
}

bool is_usual(const Part& part) {
  return part.name.size() + part.file_name.size() + part.content_type.size() < kUsual;
}

void run(std::string_view input) {
  const auto content_type = take_line(input);
  const auto parts = app::http::parse_multipart(content_type, input);
  if (!parts) return;
  expect(parts->size() <= app::http::kMaxParts, "there are no more parts than there may be");
  for (const auto& part : *parts) {
    expect(!part.name.empty(), "every part has a name");
    expect(net::is_utf8(part.name) && net::is_utf8(part.file_name), "names are UTF-8");
    expect(part.file_name.find_first_of("/\\") == std::string::npos, "file names have no folders");
    const auto offset = part.body.data() - input.data();
    expect(offset >= 0 && static_cast<std::size_t>(offset) + part.body.size() <= input.size(),
           "a part's body is a part of the form");
  }
  if (!std::ranges::all_of(*parts, is_usual)) return;

  // Of the same form, which has told what the boundary is.
  const auto delimiter = std::string(input.substr(0, input.find("\r\n")));
  if (delimiter.ends_with("--")) return;  // there may be no part at all
  const auto again = written(*parts, delimiter);
  const auto read = app::http::parse_multipart(content_type, again);
  expect(read && std::ranges::equal(*read, *parts, same), "written parts read the same");
}

const Registration kRegistration("multipart", run);

}  // namespace
}  // namespace coppice::fuzz
