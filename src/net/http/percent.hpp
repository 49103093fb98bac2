#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coppice::net::http {

enum class Plus : bool { is_plus, is_space };

/// Replaces %XX escapes. Nothing if an escape is malformed or the result is no valid UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus);

/// As one segment of a path: all but letters, digits and `-_.~` becomes %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace coppice::net::http
