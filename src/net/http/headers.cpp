#include "net/http/headers.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace coppice::net::http {
namespace {

constexpr std::string_view kSeparator = ": ";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_token_character(char c) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || kMarks.contains(c);
}

bool is_value_character(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\t';
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  if (!is_header_name(name)) {
    throw std::invalid_argument("not a header name: \"" + std::string(name) + "\"");
  }
  if (!std::ranges::all_of(value, is_value_character)) {
    throw std::invalid_argument("control character in the value of header " + std::string(name));
  }
  add_checked(name, value);
}

void Headers::add_checked(std::string_view name, std::string_view value) {
  entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(kSeparator).append(value).append("\r\n");
}

void Headers::add_all(const Headers& other) {
  const auto offset = static_cast<std::uint32_t>(text_.size());
  text_ += other.text_;
  for (auto entry : other.entries_) {
    entry.at += offset;
    entries_.push_back(entry);
  }
}

void Headers::set(std::string_view name, std::string_view value) {
  const std::string kept_name(name);
  const std::string kept_value(value);  // both may be views into text_
  remove(kept_name);
  add(kept_name, kept_value);
}

void Headers::merge(std::string_view name, std::string_view value) {
  if (has_token(name, value)) return;
  const auto list = get(name);
  set(name, list ? std::string(*list).append(", ").append(value) : std::string(value));
}

void Headers::remove(std::string_view name) {
  if (!contains(name)) return;
  Headers kept;
  for (const auto header : *this) {
    if (!equals_ignoring_case(header.name, name)) kept.add_checked(header.name, header.value);
  }
  *this = std::move(kept);
}

void Headers::reserve(std::size_t characters, std::size_t fields) {
  text_.reserve(characters);
  entries_.reserve(fields);
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    const auto header = (*this)[i];
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(begin(), end(), [name](const Header& header) {
    return equals_ignoring_case(header.name, name);
  }));
}

bool Headers::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const auto header : *this) {
    if (!equals_ignoring_case(header.name, name)) continue;
    auto rest = header.value;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (equals_ignoring_case(trim(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

Header Headers::operator[](std::size_t index) const noexcept {
  const auto& entry = entries_[index];
  const std::string_view text = text_;
  return {text.substr(entry.at, entry.name_size),
          text.substr(entry.at + entry.name_size + kSeparator.size(), entry.value_size)};
}

bool is_header_name(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> split_list(std::string_view value) {
  std::vector<std::string_view> elements;
  while (!value.empty()) {
    const auto comma = value.find(',');
    const auto element = trim(value.substr(0, comma));
    if (!element.empty()) elements.push_back(element);
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return elements;
}

}  // namespace coppice::net::http
