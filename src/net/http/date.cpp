#include "net/http/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace coppice::net::http {
namespace {

// Not strftime: its names depend on the locale.
constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::size_t kSize = 29;  // "Sun, 06 Nov 1994 08:49:37 GMT"
using DateText = std::array<char, 64>;

std::string_view write_http_date(std::time_t time, DateText& text) {
  std::tm utc{};
  gmtime_r(&time, &utc);
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                                 kMonths.at(static_cast<std::size_t>(utc.tm_mon)),
                                 utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

struct CachedDate {
  std::time_t time = -1;
  DateText room{};
  std::string_view text{};
};

CachedDate& cache_of_this_thread() {
  thread_local CachedDate cache;
  return cache;
}

}  // namespace

std::string format_http_date(std::time_t time) {
  DateText room{};
  return std::string(write_http_date(time, room));
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
  // Each number at its place, and the rest as it is written back.
  if (text.size() != kSize) return std::nullopt;
  std::tm utc{};
  const auto number = [text](std::size_t at, std::size_t digits, int& value) {
    const char* end = text.data() + at + digits;
    const auto parsed = std::from_chars(text.data() + at, end, value);
    return parsed.ec == std::errc() && parsed.ptr == end;
  };
  const auto month = std::ranges::find(kMonths, text.substr(8, 3));
  int year = 0;
  if (month == kMonths.end() || !number(5, 2, utc.tm_mday) || !number(12, 4, year) ||
      !number(17, 2, utc.tm_hour) || !number(20, 2, utc.tm_min) || !number(23, 2, utc.tm_sec)) {
    return std::nullopt;
  }
  utc.tm_mon = static_cast<int>(month - kMonths.begin());
  utc.tm_year = year - 1900;
  const auto time = timegm(&utc);
  if (format_http_date(time) != text) return std::nullopt;
  return time;
}

std::string_view http_date() {
  auto& cache = cache_of_this_thread();
  const auto now = std::time(nullptr);
  if (now != cache.time) {
    cache.text = write_http_date(now, cache.room);
    cache.time = now;
  }
  return cache.text;
}

}  // namespace coppice::net::http
