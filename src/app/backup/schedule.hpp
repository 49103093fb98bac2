#pragma once

#include <bitset>
#include <chrono>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::backup {

/// When something is due, as a cron expression says it, in UTC:
///
///     minute (0-59)  hour (0-23)  day of month (1-31)  month (1-12)  day of week (0-7, 0 = Sunday)
///
/// Each field is `*` or a comma-separated list of values, ranges `1-5`, and either with a step
/// `*/15`, `8-18/2`. Months and days of the week may be named by three letters. When both days are
/// restricted, either is enough, as in cron.
class Schedule {
 public:
  /// Errors: invalid_argument, naming the field, what it says and what is accepted; also for a
  /// date that never comes.
  [[nodiscard]] static actors::Result<Schedule> parse(std::string_view expression);

  /// The first time that is due after @p time.
  [[nodiscard]] std::chrono::sys_seconds next_after(std::chrono::sys_seconds time) const;

 private:
  Schedule() = default;
  [[nodiscard]] bool has_day(std::chrono::sys_days day) const;
  [[nodiscard]] bool ever_comes() const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace coppice::app::backup
