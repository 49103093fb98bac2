#include "app/utc_time.hpp"

#include <ctime>

namespace coppice::app {

std::string utc_time(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string text(sizeof "2026-01-01T00:00:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%FT%TZ", &utc));
  return text;
}

}  // namespace coppice::app
