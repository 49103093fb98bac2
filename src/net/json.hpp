#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::net {

/// Appends @p text as a JSON string, quotes included. Non-ASCII stays as it is.
/// @pre @p text is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// How many characters append_json_string() appends for @p text, without the quotes.
[[nodiscard]] std::size_t json_escaped_size(std::string_view text) noexcept;

}  // namespace coppice::net
