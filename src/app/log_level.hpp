#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coppice::app {

/// How much a line of the log matters; in the order of spdlog's levels, and with their values.
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error, critical, off };

/// As lines of the log spell it.
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// From the name; "warn" and "err" are understood as well. Nothing if there is no such level.
[[nodiscard]] std::optional<LogLevel> log_level_from(std::string_view name) noexcept;

}  // namespace coppice::app
