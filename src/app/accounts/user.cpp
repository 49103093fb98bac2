#include "app/accounts/user.hpp"

#include <algorithm>

#include "app/content/unicode.hpp"
#include "net/utf8.hpp"

namespace coppice::app::accounts {
namespace {

void add(FieldProblems& problems, std::string_view field, std::string message) {
  problems.push_back({std::string(field), std::move(message), {}, 0});
}

bool is_printable_ascii(char c) { return c > ' ' && c < '\x7F'; }

/// Quotes, brackets and the like would be legal, and are only ever sent to fool a mailer.
bool is_address_character(char c) {
  constexpr std::string_view kRefused = "\"(),:;<>[\\]";
  return is_printable_ascii(c) && kRefused.find(c) == std::string_view::npos;
}

bool is_domain(std::string_view text) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.';
  };
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, is_part);
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 &&
         std::ranges::all_of(text, is_address_character) &&
         text.find('@', at + 1) == std::string_view::npos && is_domain(text.substr(at + 1));
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == '\x7F'; });
}

}  // namespace

std::string normalized_email(std::string_view written) {
  return std::string(content::trimmed(written));
}

void check_email(FieldProblems& problems, std::string_view email) {
  if (email.empty()) return add(problems, "email", std::string(content::kBlank));
  if (email.size() > kLongestEmail) {
    return add(problems, "email",
               "should be at most " + std::to_string(kLongestEmail) + " character(s)");
  }
  if (!is_email(email)) add(problems, "email", "must have the @ sign and no spaces");
}

void check_name(FieldProblems& problems, std::string_view name) {
  if (content::trimmed(name).empty()) return add(problems, "name", std::string(content::kBlank));
  if (!net::is_utf8(name) || has_control(name)) {
    return add(problems, "name", std::string(content::kInvalid));
  }
  if (count_characters(name) > kLongestName) {
    add(problems, "name", "should be at most " + std::to_string(kLongestName) + " character(s)");
  }
}

void check_password(FieldProblems& problems, std::string_view field, std::string_view password) {
  if (password.empty()) return add(problems, field, std::string(content::kBlank));
  if (!net::is_utf8(password)) return add(problems, field, std::string(content::kInvalid));
  if (password.size() > kLongestPassword) {
    return add(problems, field,
               "should be at most " + std::to_string(kLongestPassword) + " byte(s)");
  }
  if (count_characters(password) < kShortestPassword) {
    add(problems, field,
        "should be at least " + std::to_string(kShortestPassword) + " character(s)");
  }
}

}  // namespace coppice::app::accounts
