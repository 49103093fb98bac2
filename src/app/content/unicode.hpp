#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::app::content {

/// One character of a UTF-8 text and the bytes that spell it.
struct CodePoint {
  char32_t value = 0;
  std::string_view bytes;
};

/// Takes the first character off @p text, which must not be empty. A byte that is not UTF-8 comes
/// alone, as U+FFFD.
[[nodiscard]] CodePoint take_code_point(std::string_view& text) noexcept;

/// How many characters the UTF-8 text has.
[[nodiscard]] constexpr std::size_t count_characters(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

/// Whether the character is part of a word, as the search index's tokenizer sees it: a letter or a
/// digit. Exact for ASCII; beyond it, everything but the well-known blocks of punctuation, symbols,
/// spaces and emoji counts as a letter.
[[nodiscard]] bool is_word_character(char32_t value) noexcept;

/// ' and its typographic forms, which stand inside words.
[[nodiscard]] bool is_apostrophe(char32_t value) noexcept;

[[nodiscard]] constexpr bool is_ascii_alnum(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

[[nodiscard]] constexpr bool is_ascii_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] std::string ascii_lowered(std::string_view text);

/// Without the ASCII white space at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

}  // namespace coppice::app::content
