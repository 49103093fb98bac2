#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace coppice::net::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" for seconds since 1970.
[[nodiscard]] std::string format_http_date(std::time_t time);

/// Reads that form, the only one that senders may still use. Nothing if it is anything else.
[[nodiscard]] std::optional<std::time_t> parse_http_date(std::string_view text);

/// The present time in that form. Formatted once per second and thread; the view lasts until the
/// thread's next call.
[[nodiscard]] std::string_view http_date();

}  // namespace coppice::net::http
