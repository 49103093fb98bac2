#include "app/sentry/rate_limits.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace coppice::app::sentry {
namespace {

constexpr std::chrono::seconds kUsualPause(60);
constexpr std::chrono::seconds kLongestPause(24 * 3600);

/// Takes what comes before @p separator off the text.
std::string_view take_part(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::chrono::seconds> seconds_of(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop == text.data() || value < 0) return std::nullopt;
  if (stop != end && *stop != '.') return std::nullopt;
  return std::min(std::chrono::seconds(value), kLongestPause);
}

/// No category means all of them.
bool concerns_errors(std::string_view categories) {
  if (categories.empty()) return true;
  while (!categories.empty()) {
    const auto category = trimmed(take_part(categories, ';'));
    if (category == "error" || category == "default") return true;
  }
  return false;
}

}  // namespace

std::chrono::seconds pause_after(std::string_view rate_limits, std::string_view retry_after,
                                 bool refused) {
  const bool says_limits = !trimmed(rate_limits).empty();
  std::chrono::seconds pause(0);
  while (!rate_limits.empty()) {
    auto limit = take_part(rate_limits, ',');
    const auto seconds = seconds_of(take_part(limit, ':'));
    if (seconds && concerns_errors(take_part(limit, ':'))) pause = std::max(pause, *seconds);
  }
  if (says_limits || !refused) return pause;
  return seconds_of(retry_after).value_or(kUsualPause);
}

}  // namespace coppice::app::sentry
