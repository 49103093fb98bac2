#include "db/sql_text.hpp"

#include <algorithm>

namespace coppice::db {
namespace {

// SQLite takes one for a blank, wherever it is.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::size_t end_of_comment(std::string_view sql, std::size_t start, std::string_view end) noexcept {
  const auto found = sql.find(end, start + 2);
  return found == std::string_view::npos ? sql.size() : found + end.size();
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

}  // namespace

std::size_t skip_blank(std::string_view sql, std::size_t offset) noexcept {
  for (;;) {
    offset = std::min(sql.find_first_not_of(" \t\r\n\f;", offset), sql.size());
    const auto rest = sql.substr(offset);
    if (rest.starts_with(kByteOrderMark)) {
      offset += kByteOrderMark.size();
    } else if (rest.starts_with("--")) {
      offset = end_of_comment(sql, offset, "\n");
    } else if (rest.starts_with("/*")) {
      offset = end_of_comment(sql, offset, "*/");
    } else {
      return offset;
    }
  }
}

std::string_view first_word(std::string_view sql) noexcept {
  const auto rest = sql.substr(skip_blank(sql, 0));
  const auto* const end = std::ranges::find_if_not(rest, is_letter);
  return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string quote_identifier(std::string_view identifier) {
  std::string result = "\"";
  for (const char c : identifier) {
    if (c == '"') result += c;
    result += c;
  }
  return result + '"';
}

}  // namespace coppice::db
