#pragma once

#include <cstdint>
#include <string_view>

namespace coppice::net {

/// Checks UTF-8 as it arrives, in pieces of any size, and fails at the first byte that cannot be
/// part of valid text: overlong forms, surrogates and values above U+10FFFF included.
class Utf8Validator {
 public:
  /// Takes the next bytes. False as soon as the text is invalid; it then stays so.
  [[nodiscard]] bool feed(std::string_view bytes) noexcept;

  /// True if what was fed so far is valid and does not end inside a character.
  [[nodiscard]] bool complete() const noexcept { return valid_ && missing_ == 0; }

  void reset() noexcept { *this = {}; }

 private:
  [[nodiscard]] bool begin_character(std::uint8_t lead) noexcept;

  std::uint8_t missing_ = 0;  // continuation bytes still to come
  std::uint8_t low_ = 0x80;   // bounds of the next one
  std::uint8_t high_ = 0xBF;
  bool valid_ = true;
};

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace coppice::net
