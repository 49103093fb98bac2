#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db::litefs {

/// Reads "+000000012\n", the whole of a lag file: the age of the last that LiteFS has heard from
/// the primary. A replica that is well swings between 0 and a second; before the first news it is
/// +2147483647. Errors: malformed.
[[nodiscard]] actors::Result<std::chrono::milliseconds> parse_lag(std::string_view text);

/// That of the file `.lag` in LiteFS's mount. Errors: unavailable; malformed. Blocks.
[[nodiscard]] actors::Result<std::chrono::milliseconds> read_lag(
    const std::filesystem::path& mount);

}  // namespace coppice::db::litefs
