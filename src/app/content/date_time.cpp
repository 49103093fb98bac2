#include "app/content/date_time.hpp"

#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace coppice::app::content {

namespace {

using std::chrono::sys_seconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads from the front of a text; every taker leaves the text alone when it fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> take_number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  void skip_digits() {
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  }

 private:
  std::string_view rest_;
};

std::optional<sys_seconds> take_date(Cursor& in) {
  using namespace std::chrono;
  const auto y = in.take_number(4);
  if (!y || !in.take('-')) return std::nullopt;
  const auto m = in.take_number(2);
  if (!m || !in.take('-')) return std::nullopt;
  const auto d = in.take_number(2);
  if (!d) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<std::chrono::seconds> take_clock(Cursor& in) {
  using namespace std::chrono;
  const auto h = in.take_number(2);
  if (!h || *h > 23 || !in.take(':')) return std::nullopt;
  const auto m = in.take_number(2);
  if (!m || *m > 59) return std::nullopt;
  if (!in.take(':')) return hours{*h} + minutes{*m};
  const auto s = in.take_number(2);
  if (!s || *s > 59) return std::nullopt;
  if (in.take('.')) {
    if (!in.take_number(1)) return std::nullopt;
    in.skip_digits();
  }
  return hours{*h} + minutes{*m} + seconds{*s};
}

/// The distance from UTC: what has to be taken away from the written time.
std::optional<std::chrono::minutes> take_zone(Cursor& in) {
  using namespace std::chrono;
  if (in.done() || in.take('Z')) return minutes{0};
  const bool east = in.take('+');
  if (!east && !in.take('-')) return std::nullopt;
  const auto h = in.take_number(2);
  if (!h || *h > 23) return std::nullopt;
  in.take(':');
  const auto m = in.take_number(2);
  if (!m || *m > 59) return std::nullopt;
  const minutes offset = hours{*h} + minutes{*m};
  return east ? offset : -offset;
}

std::optional<sys_seconds> read(std::string_view text) {
  Cursor in(text);
  const auto date = take_date(in);
  if (!date || in.done()) return date;
  if (!in.take('T') && !in.take(' ')) return std::nullopt;
  const auto clock = take_clock(in);
  if (!clock) return std::nullopt;
  const auto zone = take_zone(in);
  if (!zone || !in.done()) return std::nullopt;
  return *date + *clock - *zone;
}

std::string as_stored(sys_seconds time) {
  using namespace std::chrono;
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

/// An offset must not carry a time out of the four digits that a stored year has.
bool fits(sys_seconds time) {
  using namespace std::chrono;
  return time >= sys_days{year{0} / 1 / 1} && time < sys_days{year{10000} / 1 / 1};
}

}  // namespace

actors::Result<std::string> parse_date_time(std::string_view text) {
  const auto time = read(text);
  if (time && fits(*time)) return as_stored(*time);
  return actors::fail(
      actors::Errc::malformed,
      fmt::format("\"{}\" is not a date; write 2025-12-30 15:16:00Z, 2025-12-30T15:16:00Z or "
                  "2025-12-30",
                  text.substr(0, 40)));
}

}  // namespace coppice::app::content
