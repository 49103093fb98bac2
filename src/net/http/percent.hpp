#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coppice::net::http {

enum class Plus : bool { is_plus, is_space };

/// Replaces %XX escapes. Nothing if an escape is malformed or the result is no valid UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus);

}  // namespace coppice::net::http
