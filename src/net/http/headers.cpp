#include "net/http/headers.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace coppice::net::http {
namespace {

constexpr std::string_view kSeparator = ": ";
constexpr std::size_t kTypicalText = 511;  // and its terminating zero
constexpr std::size_t kTypicalFields = 16;

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A property of characters as a table.
template <class Is>
constexpr std::array<bool, 256> table_of(Is is) {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) table.at(c) = is(static_cast<char>(c));
  return table;
}

constexpr auto kTokenCharacters = table_of([](char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || kMarks.contains(c);
});

constexpr auto kValueCharacters = table_of([](char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\t';
});

bool consists_of(std::string_view text, const std::array<bool, 256>& characters) noexcept {
  return std::ranges::all_of(
      text, [&characters](char c) { return characters[static_cast<unsigned char>(c)]; });
}

void check_value(std::string_view name, std::string_view value) {
  if (consists_of(value, kValueCharacters)) return;
  throw std::invalid_argument("control character in the value of header " + std::string(name));
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  if (!is_header_name(name)) {
    throw std::invalid_argument("not a header name: \"" + std::string(name) + "\"");
  }
  check_value(name, value);
  add_checked(name, value);
}

void Headers::add_checked(std::string_view name, std::string_view value) {
  if (entries_.capacity() == 0) reserve(kTypicalText, kTypicalFields);
  entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                      static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(kSeparator).append(value).append("\r\n");
}

void Headers::add_all(const Headers& other) {
  const auto offset = static_cast<std::uint32_t>(text_.size());
  if (entries_.capacity() == 0) reserve(kTypicalText, kTypicalFields);
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
  const auto index = index_of(name);
  if (index == size()) return add(name, value);
  check_value(name, value);
  insert_into_value(index, std::string(", ").append(value));
}

void Headers::insert_into_value(std::size_t index, std::string_view more) {
  const auto grown = static_cast<std::uint32_t>(more.size());
  auto& entry = entries_[index];
  text_.insert(entry.at + entry.name_size + kSeparator.size() + entry.value_size, more);
  entry.value_size += grown;
  for (auto behind = index + 1; behind < entries_.size(); ++behind) entries_[behind].at += grown;
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

/// size() if there is none.
std::size_t Headers::index_of(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (entries_[i].name_size != name.size()) continue;  // before anything else is looked at
    if (equals_ignoring_case((*this)[i].name, name)) return i;
  }
  return size();
}

std::optional<std::string_view> Headers::get(std::string_view name) const noexcept {
  const auto index = index_of(name);
  if (index == size()) return std::nullopt;
  return (*this)[index].value;
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
  return !text.empty() && consists_of(text, kTokenCharacters);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view without_parameters(std::string_view value) noexcept {
  return trim(value.substr(0, value.find(';')));
}

std::string_view last_listed(const Headers& headers, std::string_view name) {
  std::string_view last;
  for (const auto header : headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    const auto elements = split_list(header.value);
    if (!elements.empty()) last = elements.back();
  }
  return last;
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
