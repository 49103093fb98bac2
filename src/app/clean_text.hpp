#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace coppice::app {

enum class Lines : std::uint8_t {
  several,  ///< Line ends and tabs stay, as of a stack.
  one,      ///< They become "?", as in a name.
};

/// Text that may come from anybody, as logs, terminals and JSON can take it: valid UTF-8 without
/// control characters, cut to that many bytes at the end of a character. Thread: any.
[[nodiscard]] std::string clean_text(
    std::string_view text, std::size_t most_bytes = std::numeric_limits<std::size_t>::max(),
    Lines lines = Lines::several);

}  // namespace coppice::app
