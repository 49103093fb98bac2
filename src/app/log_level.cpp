#include "app/log_level.hpp"

#include <array>

namespace coppice::app {
namespace {

constexpr std::array<std::string_view, 7> kLevelNames{"trace", "debug",    "info", "warning",
                                                      "error", "critical", "off"};

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  return kLevelNames.at(static_cast<std::size_t>(level));
}

std::optional<LogLevel> log_level_from(std::string_view name) noexcept {
  if (name == "warn") return LogLevel::warning;
  if (name == "err") return LogLevel::error;
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames.at(i) == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

}  // namespace coppice::app
