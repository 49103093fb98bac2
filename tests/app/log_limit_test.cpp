#include "app/log_limit.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using std::chrono::seconds;

TEST(LogLimit, AdmitsSoManyInEachPeriodAndCountsTheOthers) {
  LogLimit limit(2, seconds(60));
  const actors::Time start{seconds(1000)};
  EXPECT_EQ(limit.admit(start), 0U);
  EXPECT_EQ(limit.admit(start), 0U);
  EXPECT_EQ(limit.admit(start + seconds(1)), std::nullopt);
  EXPECT_EQ(limit.admit(start + seconds(59)), std::nullopt);
  EXPECT_EQ(limit.admit(start + seconds(60)), 2U);
  EXPECT_EQ(limit.admit(start + seconds(61)), 0U);
  EXPECT_EQ(limit.admit(start + seconds(61)), std::nullopt);
}

TEST(LogLimit, TellsWhatWasLeftOutOnceItsPeriodIsOver) {
  LogLimit limit(1, seconds(60));
  const actors::Time start{seconds(1000)};
  EXPECT_EQ(limit.admit(start), 0U);
  EXPECT_EQ(limit.admit(start), std::nullopt);
  EXPECT_EQ(limit.left_out_by(start + seconds(59)), std::nullopt);
  EXPECT_EQ(limit.left_out_by(start + seconds(60)), 1U);
}

}  // namespace
}  // namespace coppice::app
