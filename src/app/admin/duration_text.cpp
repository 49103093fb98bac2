#include "app/admin/duration_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ranges>
#include <utility>

namespace coppice::app::admin {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::pair<std::string_view, milliseconds>, 4> kUnits{
    {{"ms", milliseconds(1)},
     {"s", std::chrono::seconds(1)},
     {"m", std::chrono::minutes(1)},
     {"h", std::chrono::hours(1)}}};

/// In the largest unit of which it is a whole number: "24h".
std::string duration_text(actors::Duration duration) {
  const auto time = std::chrono::duration_cast<milliseconds>(duration);
  for (const auto& [unit, length] : std::views::reverse(kUnits)) {
    if (time % length == milliseconds(0)) return std::to_string(time / length) + std::string(unit);
  }
  return "0s";
}

}  // namespace

actors::Result<actors::Duration> parse_duration(std::string_view name, const std::string& text,
                                                actors::Duration most) {
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(parsed.ptr, text.data() + text.size());
  for (const auto& [each, length] : kUnits) {
    if (parsed.ec != std::errc() || unit != each || number == 0) continue;
    const auto time = length * std::int64_t{number};
    if (time <= most) return time;
  }
  return actors::fail(actors::Errc::invalid_argument,
                      std::string(name) + " is \"" + text +
                          "\"; accepted: a time such as 500ms, 10s or 10m, up to " +
                          duration_text(most));
}

}  // namespace coppice::app::admin
