#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::content {

/// Reads a point in time as authors and databases write it and gives it as the database stores
/// it: `YYYY-MM-DDTHH:MM:SS`, in UTC.
///
/// Accepted: a date (`2025-12-30`, midnight), or a date, a `T` or a space, and a time
/// (`15:16` or `15:16:00`, with or without a fraction, which is dropped), followed by nothing or
/// `Z` (both UTC) or an offset (`+02:00`).
///
/// Errors: malformed, for anything else and for days that no calendar has.
[[nodiscard]] actors::Result<std::string> parse_date_time(std::string_view text);

}  // namespace coppice::app::content
