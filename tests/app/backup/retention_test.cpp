#include "app/backup/retention.hpp"

#include <gtest/gtest.h>

namespace coppice::app::backup {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kNow = sys_days(std::chrono::year(2026) / 6 / 30);

Kept good(std::string name, int days_ago) {
  return {std::move(name), kNow - std::chrono::days(days_ago), true};
}
Kept bad(std::string name, int days_ago) {
  return {std::move(name), kNow - std::chrono::days(days_ago), false};
}

using Names = std::vector<std::string>;

TEST(Retention, KeepsSoMany) {
  const std::vector<Kept> backups = {good("c", 3), good("a", 1), good("b", 2)};
  EXPECT_EQ(expired(backups, {.count = 2}, kNow), Names{"c"});
  EXPECT_EQ(expired(backups, {.count = 3}, kNow), Names{});
}

TEST(Retention, KeepsForSoManyDays) {
  const std::vector<Kept> backups = {good("a", 1), good("b", 7), good("c", 8)};
  EXPECT_EQ(expired(backups, {.count = 9, .days = 7}, kNow), Names{"c"});
}

TEST(Retention, WithoutALimitOfDaysKeepsWhateverIsOld) {
  const std::vector<Kept> backups = {good("a", 1), good("b", 5000)};
  EXPECT_EQ(expired(backups, {.count = 2, .days = 0}, kNow), Names{});
}

TEST(Retention, NeverRemovesTheNewestGoodOne) {
  const std::vector<Kept> old = {good("a", 100), good("b", 101)};
  EXPECT_EQ(expired(old, {.count = 1, .days = 7}, kNow), Names{"b"});
}

TEST(Retention, CountsOnlyGoodOnes) {
  const std::vector<Kept> backups = {bad("a", 1), bad("b", 2), good("c", 3), good("d", 4)};
  EXPECT_EQ(expired(backups, {.count = 1}, kNow), Names{"d"});
}

TEST(Retention, RemovesBadOnesWhenTheirTimeHasCome) {
  const std::vector<Kept> backups = {good("a", 1), bad("b", 2), bad("c", 9), good("d", 10)};
  EXPECT_EQ(expired(backups, {.count = 1}, kNow), (Names{"b", "c", "d"}));
  EXPECT_EQ(expired(backups, {.count = 5, .days = 8}, kNow), (Names{"c", "d"}));
}

TEST(Retention, OfNothingIsNothing) { EXPECT_EQ(expired({}, {}, kNow), Names{}); }

}  // namespace
}  // namespace coppice::app::backup
