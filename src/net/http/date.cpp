#include "net/http/date.hpp"

#include <array>
#include <cstdio>

namespace coppice::net::http {
namespace {

// Not strftime: its names depend on the locale.
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct CachedDate {
  std::time_t time = -1;
  std::string text;
};

CachedDate& cache_of_this_thread() {
  thread_local CachedDate cache;
  return cache;
}

}  // namespace

std::string format_http_date(std::time_t time) {
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                                 kMonths.at(static_cast<std::size_t>(utc.tm_mon)),
                                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string_view http_date() {
  auto& cache = cache_of_this_thread();
  const auto now = std::time(nullptr);
  if (now != cache.time) cache = {now, format_http_date(now)};
  return cache.text;
}

}  // namespace coppice::net::http
