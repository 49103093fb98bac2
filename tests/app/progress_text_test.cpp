#include "app/progress_text.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kMiB = 1U << 20U;

db::Progress copying(std::uint64_t done, std::uint64_t total) {
  return {"copying", done, total, db::kBytes};
}

TEST(ProgressText, HasBytesInTheUnitOfTheWhole) {
  EXPECT_EQ(progress_text(copying(512, 1000)), "copying: 51 %, 512 of 1000 bytes");
  EXPECT_EQ(progress_text(copying(kMiB, 3 * kMiB)), "copying: 33 %, 1.0 of 3.0 MiB");
  EXPECT_EQ(progress_text(copying(512 * kMiB, 1024 * kMiB)), "copying: 50 %, 0.5 of 1.0 GiB");
}

TEST(ProgressText, CountsWhateverElseThereIs) {
  EXPECT_EQ(progress_text({"importing", 3, 12, "files"}), "importing: 25 %, 3 of 12 files");
}

TEST(ProgressText, SaysNoFiguresThatNobodyKnows) {
  EXPECT_EQ(progress_text({.phase = "checking"}), "checking");
}

TEST(ProgressText, IsDoneOnlyWhenAllIs) {
  EXPECT_EQ(progress_text(copying(999, 1000)), "copying: 99 %, 999 of 1000 bytes");
  EXPECT_EQ(progress_text(copying(1000, 1000)), "copying: 100 %, 1000 of 1000 bytes");
  EXPECT_EQ(progress_text(copying(1001, 1000)), "copying: 100 %, 1000 of 1000 bytes");
}

TEST(TimeLeft, IsWhatTheRestTakesAtTheSameSpeed) {
  EXPECT_EQ(time_left(copying(25, 100), seconds(10)), seconds(30));
  EXPECT_EQ(time_left(copying(99, 100), seconds(10)), seconds(1));
}

TEST(TimeLeft, IsNotSaidTooEarly) {
  EXPECT_EQ(time_left(copying(25, 100), seconds(2)), std::nullopt);
  EXPECT_EQ(time_left(copying(4, 100), seconds(10)), std::nullopt);
  EXPECT_EQ(time_left(copying(0, 10), seconds(10)), std::nullopt);
}

TEST(TimeLeft, IsNotSaidOfWhatDoesNotTakeAlike) {
  EXPECT_EQ(time_left({"importing", 25, 100, "files"}, seconds(10)), std::nullopt);
  EXPECT_EQ(time_left({.phase = "checking"}, seconds(10)), std::nullopt);
}

TEST(TimeLeft, IsNotSaidAtTheEnd) {
  EXPECT_EQ(time_left(copying(100, 100), seconds(10)), std::nullopt);
}

TEST(SecondsText, TurnsToMinutes) {
  EXPECT_EQ(seconds_text(seconds(0)), "0 s");
  EXPECT_EQ(seconds_text(seconds(119)), "119 s");
  EXPECT_EQ(seconds_text(seconds(200)), "3 min 20 s");
}

}  // namespace
}  // namespace coppice::app
