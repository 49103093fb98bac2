#include "app/backup/schedule.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace coppice::app::backup {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

/// February 29th may be eight years away, around a century that has none.
constexpr days kFarthest(366 * 8 + 1);

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  unsigned least;
  unsigned most;
  std::span<const std::string_view> names{};  ///< Of the values from `least` on.
};

constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59},
                                           {"hour", 0, 23},
                                           {"day of month", 1, 31},
                                           {"month", 1, 12, kMonths},
                                           {"day of week", 0, 7, kWeekdays}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  auto parts = split(text, ' ');
  std::erase(parts, "");
  return parts;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> value_of(std::string_view text, const Field& field) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto named = std::ranges::find(field.names, lower);
  if (named != field.names.end()) {
    return field.least + static_cast<unsigned>(named - field.names.begin());
  }
  const auto value = number(text);
  const bool fits = value && *value >= field.least && *value <= field.most;
  return fits ? value : std::nullopt;
}

struct Range {
  unsigned first;
  unsigned last;
  unsigned step;
};

/// One item of a field's list: `*`, `5`, `1-5`, `*/10`, `1-30/10`.
std::optional<Range> range_of(std::string_view item, const Field& field) {
  const auto parts = split(item, '/');
  const auto step = parts.size() == 2 ? number(parts[1]) : 1U;
  if (parts.size() > 2 || !step || *step == 0) return std::nullopt;
  if (parts[0] == "*") return Range{field.least, field.most, *step};
  const auto ends = split(parts[0], '-');
  const auto first = value_of(ends.front(), field);
  const auto last = value_of(ends.back(), field);
  const bool has_step_for_nothing = ends.size() == 1 && parts.size() == 2;
  if (ends.size() > 2 || !first || !last || *first > *last || has_step_for_nothing) {
    return std::nullopt;
  }
  return Range{*first, *last, *step};
}

template <std::size_t N>
Result<void> read(std::string_view text, const Field& field, std::bitset<N>& values) {
  for (const auto item : split(text, ',')) {
    const auto range = range_of(item, field);
    if (!range) {
      return fail(Errc::invalid_argument,
                  fmt::format("the {} \"{}\" is not *, or a list of values from {} to {}, ranges "
                              "a-b, and steps such as */5",
                              field.name, text, field.least, field.most));
    }
    for (auto value = range->first; value <= range->last; value += range->step) values.set(value);
  }
  return {};
}

}  // namespace

Result<Schedule> Schedule::parse(std::string_view expression) {
  const auto fields = words(expression);
  if (fields.size() != kFields.size()) {
    return fail(Errc::invalid_argument,
                fmt::format("\"{}\" has {} fields and should have five: minute, hour, day of "
                            "month, month, day of week",
                            expression, fields.size()));
  }
  Schedule schedule;
  auto done = read(fields[0], kFields[0], schedule.minutes_);
  if (done) done = read(fields[1], kFields[1], schedule.hours_);
  if (done) done = read(fields[2], kFields[2], schedule.days_);
  if (done) done = read(fields[3], kFields[3], schedule.months_);
  if (done) done = read(fields[4], kFields[4], schedule.weekdays_);
  if (!done) return std::unexpected(done.error());
  if (schedule.weekdays_.test(7)) schedule.weekdays_.set(0);
  schedule.any_day_ = fields[2].starts_with('*');
  schedule.any_weekday_ = fields[4].starts_with('*');
  if (schedule.ever_comes()) return schedule;
  return fail(Errc::invalid_argument,
              fmt::format("\"{}\" never comes: no month has that day", expression));
}

bool Schedule::has_day(sys_days day) const {
  const year_month_day date(day);
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool is_day = days_.test(static_cast<unsigned>(date.day()));
  const bool is_weekday = weekdays_.test(std::chrono::weekday(day).c_encoding());
  if (any_day_ || any_weekday_) return is_day && is_weekday;
  return is_day || is_weekday;
}

bool Schedule::ever_comes() const {
  constexpr sys_days kAny(std::chrono::year(2000) / 1 / 1);
  for (auto day = kAny; day < kAny + kFarthest; day += days(1)) {
    if (has_day(day)) return true;
  }
  return false;
}

sys_seconds Schedule::next_after(sys_seconds time) const {
  const auto first = std::chrono::floor<minutes>(time) + minutes(1);
  for (auto day = std::chrono::floor<days>(first);; day += days(1)) {
    if (!has_day(day)) continue;
    for (auto at = std::max<sys_seconds>(day, first); at < day + days(1); at += minutes(1)) {
      const auto minute = std::chrono::duration_cast<minutes>(at - day).count();
      const bool is_due = hours_.test(static_cast<std::size_t>(minute / 60)) &&
                          minutes_.test(static_cast<std::size_t>(minute % 60));
      if (is_due) return at;
    }
  }
}

}  // namespace coppice::app::backup
