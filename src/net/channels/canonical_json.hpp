#pragma once

#include <string>
#include <string_view>

namespace coppice::net::channels {

/// Whether @p number, as JSON text, is what canonical_json() makes of it.
[[nodiscard]] bool is_canonical_number(std::string_view number) noexcept;

/// A JSON value in the one form in which it is passed on: without blanks, text with no more escapes
/// than it needs, and of members with one name the first. Integers keep their digits, however many,
/// but -0 is 0; a number with an exponent becomes a double's shortest ("100.0" for "1E2").
///
/// Made of its own result it is the same again.
/// @pre @p text is one JSON value that JsonReader takes.
[[nodiscard]] std::string canonical_json(std::string_view text);

}  // namespace coppice::net::channels
