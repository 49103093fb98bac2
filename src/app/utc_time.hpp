#pragma once

#include <chrono>
#include <string>

namespace coppice::app {

/// "2026-01-01T00:00:00Z"
[[nodiscard]] std::string utc_time(std::chrono::system_clock::time_point at);

/// "2026-01-01T00:00:00.000Z"
[[nodiscard]] std::string utc_time_ms(std::chrono::system_clock::time_point at);

}  // namespace coppice::app
