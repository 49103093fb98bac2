#include "app/backup/schedule.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/utc_time.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::backup {
namespace {

using actors::Errc;
using db::must;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

sys_seconds time(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                 int second = 0) {
  return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

struct Due {
  std::string expression;
  sys_seconds after;
  std::string next;
};

class ScheduleIsDue : public testing::TestWithParam<Due> {};

TEST_P(ScheduleIsDue, AtTheFirstMatchingMinuteAfter) {
  const auto& [expression, after, next] = GetParam();
  EXPECT_EQ(utc_time(must(Schedule::parse(expression)).next_after(after)), next) << expression;
}

// 2026-01-01 is a Thursday.
INSTANTIATE_TEST_SUITE_P(
    Expressions, ScheduleIsDue,
    testing::Values(Due{"0 3 * * *", time(2026, 1, 1), "2026-01-01T03:00:00Z"},
                    Due{"0 3 * * *", time(2026, 1, 1, 3), "2026-01-02T03:00:00Z"},
                    Due{"0 3 * * *", time(2026, 1, 1, 2, 59, 59), "2026-01-01T03:00:00Z"},
                    Due{"* * * * *", time(2026, 1, 1, 0, 0, 1), "2026-01-01T00:01:00Z"},
                    Due{"*/15 * * * *", time(2026, 1, 1, 0, 45), "2026-01-01T01:00:00Z"},
                    Due{"5-50/20 8-10 * * *", time(2026, 1, 1, 8, 25), "2026-01-01T08:45:00Z"},
                    Due{"5-50/20 8-10 * * *", time(2026, 1, 1, 10, 45), "2026-01-02T08:05:00Z"},
                    Due{"0,30 12 * * *", time(2026, 1, 1, 12, 1), "2026-01-01T12:30:00Z"},
                    Due{"0 0 1 * *", time(2026, 12, 1), "2027-01-01T00:00:00Z"},
                    Due{"0 0 29 2 *", time(2026, 1, 1), "2028-02-29T00:00:00Z"},
                    Due{"0 0 * * 0", time(2026, 1, 1), "2026-01-04T00:00:00Z"},
                    Due{"0 0 * * 7", time(2026, 1, 1), "2026-01-04T00:00:00Z"},
                    Due{"0 0 * * mon-FRI", time(2026, 1, 2), "2026-01-05T00:00:00Z"},
                    Due{"0 0 * jun *", time(2026, 1, 1), "2026-06-01T00:00:00Z"},
                    // Both days restricted: either is enough.
                    Due{"0 0 13 * fri", time(2026, 1, 3), "2026-01-09T00:00:00Z"},
                    Due{"0 0 13 * fri", time(2026, 1, 9), "2026-01-13T00:00:00Z"},
                    // A step is no restriction to some days, in cron's eyes: both must match.
                    Due{"0 0 */2 * fri", time(2026, 1, 3), "2026-01-09T00:00:00Z"},
                    Due{"  0   3 * * *  ", time(2026, 1, 1), "2026-01-01T03:00:00Z"}));

struct Wrong {
  std::string expression;
  std::string message;
};

class ScheduleRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(ScheduleRefuses, AndSaysWhatIsWrong) {
  const auto schedule = Schedule::parse(GetParam().expression);
  ASSERT_FALSE(schedule);
  EXPECT_EQ(schedule.error(), Errc::invalid_argument);
  EXPECT_NE(schedule.error().context.find(GetParam().message), std::string::npos)
      << schedule.error().context;
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, ScheduleRefuses,
    testing::Values(Wrong{"", "0 fields"}, Wrong{"* * * *", "4 fields"},
                    Wrong{"* * * * * *", "6 fields"}, Wrong{"60 * * * *", "minute \"60\""},
                    Wrong{"* 24 * * *", "hour \"24\""}, Wrong{"* * 0 * *", "day of month \"0\""},
                    Wrong{"* * * 13 *", "from 1 to 12"}, Wrong{"* * * * 8", "day of week \"8\""},
                    Wrong{"* * * * someday", "day of week \"someday\""},
                    Wrong{"5-1 * * * *", "minute \"5-1\""}, Wrong{"*/0 * * * *", "minute \"*/0\""},
                    Wrong{"5/10 * * * *", "minute \"5/10\""}, Wrong{"1,,2 * * * *", "minute"},
                    Wrong{"-1 * * * *", "minute"}, Wrong{"1-2-3 * * * *", "minute"},
                    Wrong{"0 0 30 2 *", "never comes"}));

}  // namespace
}  // namespace coppice::app::backup
