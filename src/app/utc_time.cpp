#include "app/utc_time.hpp"

#include <ctime>

#include <fmt/format.h>

namespace coppice::app {

std::string utc_time(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string text(sizeof "2026-01-01T00:00:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%FT%TZ", &utc));
  return text;
}

std::string utc_time_ms(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch());
  std::string text = utc_time(at);
  text.pop_back();
  return text + fmt::format(".{:03}Z", ms.count() % 1000);
}

}  // namespace coppice::app
