#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace coppice::net::channels {

/// Levels of arrays and objects in one value; deeper is refused.
inline constexpr std::size_t kMaxJsonDepth = 128;

/// Takes the outermost level of a JSON text apart and checks everything below it, without
/// building a document: values stay text, in the form in which clients are sent them.
///
/// The checks are Boost.JSON's streaming parser; simdjson would refuse integers of more than 64
/// bits, which must come back as they were sent. A number beyond the range of a double is refused.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) noexcept : rest_(text) {}

  /// Skips blanks, and then @p punctuation if it comes next. False if it doesn't.
  [[nodiscard]] bool skip(char punctuation) noexcept;

  /// The next value's text, checked and in the form of canonical_json(). Nothing if it is
  /// malformed.
  [[nodiscard]] std::optional<std::string> value();

  /// The next value, a string, decoded. Nothing if it is malformed or something else.
  [[nodiscard]] std::optional<std::string> string();

  /// Whether a string comes next.
  [[nodiscard]] bool at_string() noexcept;

  /// True if nothing but blanks remains.
  [[nodiscard]] bool at_end() noexcept;

 private:
  void skip_blanks() noexcept;

  std::string_view rest_;
};

}  // namespace coppice::net::channels
