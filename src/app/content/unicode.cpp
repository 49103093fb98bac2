#include "app/content/unicode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace coppice::app::content {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array kNotLetters = {
    Range{0x0080, 0x00A9},    // controls, Latin-1 punctuation
    Range{0x00AB, 0x00B1},    //
    Range{0x00B4, 0x00B4},    //
    Range{0x00B6, 0x00B8},    //
    Range{0x00BB, 0x00BB},    //
    Range{0x00BF, 0x00BF},    //
    Range{0x00D7, 0x00D7},    // multiplication sign
    Range{0x00F7, 0x00F7},    // division sign
    Range{0x2000, 0x206F},    // general punctuation
    Range{0x20A0, 0x20CF},    // currency
    Range{0x2190, 0x245F},    // arrows, mathematics, technical
    Range{0x2500, 0x2775},    // boxes, shapes, dingbats
    Range{0x2794, 0x2BFF},    //
    Range{0x2E00, 0x2E7F},    // supplemental punctuation
    Range{0x3000, 0x3004},    // CJK punctuation
    Range{0x3008, 0x3020},    //
    Range{0xD800, 0xDFFF},    // surrogates
    Range{0xFE00, 0xFE6F},    // variation selectors, small forms
    Range{0xFEFF, 0xFEFF},    // byte order mark
    Range{0xFF01, 0xFF0F},    // full-width punctuation
    Range{0xFF1A, 0xFF20},    //
    Range{0xFFF0, 0xFFFF},    // specials
    Range{0x1F000, 0x1FAFF},  // emoji
    Range{0xE0000, 0xE0FFF},  // tags
};

constexpr std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

constexpr std::array<char32_t, 5> kSmallestOfLength = {0, 0, 0x80, 0x800, 0x10000};
constexpr std::array<unsigned char, 5> kLeadMask = {0, 0x7F, 0x1F, 0x0F, 0x07};

}  // namespace

CodePoint take_code_point(std::string_view& text) noexcept {
  const auto byte_at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = sequence_length(byte_at(0));
  const auto take = [&text](std::size_t count, char32_t value) {
    const CodePoint point{.value = value, .bytes = text.substr(0, count)};
    text.remove_prefix(count);
    return point;
  };
  if (length == 0 || length > text.size()) return take(1, kReplacement);
  char32_t value = byte_at(0) & kLeadMask[length];
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(i) & 0xC0U) != 0x80U) return take(1, kReplacement);
    value = (value << 6U) | (byte_at(i) & 0x3FU);
  }
  if (value < kSmallestOfLength[length] || value > 0x10FFFF) return take(1, kReplacement);
  return take(length, value);
}

bool is_word_character(char32_t value) noexcept {
  if (value < 0x80) return is_ascii_alnum(static_cast<char>(value));
  return std::ranges::none_of(kNotLetters,
                              [value](Range r) { return value >= r.first && value <= r.last; });
}

bool is_apostrophe(char32_t value) noexcept {
  return value == U'\'' || value == 0x2018 || value == 0x2019 || value == 0x02BC;
}

std::string ascii_lowered(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), ascii_lower);
  return lowered;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_ascii_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ascii_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace coppice::app::content
