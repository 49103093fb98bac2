#include "app/sentry/rate_limits.hpp"

#include <gtest/gtest.h>

namespace coppice::app::sentry {
namespace {

using namespace std::chrono_literals;

TEST(RateLimits, AreThoseOfErrors) {
  EXPECT_EQ(pause_after("60:error:key", "", false), 60s);
  EXPECT_EQ(pause_after("60:transaction;error:organization:quota", "", false), 60s);
  EXPECT_EQ(pause_after("60:transaction:key", "", false), 0s);
}

TEST(RateLimits, WithoutACategoryAreThoseOfAll) {
  EXPECT_EQ(pause_after("60::organization", "", false), 60s);
  EXPECT_EQ(pause_after("60", "", false), 60s);
}

TEST(RateLimits, TheLongestHolds) {
  EXPECT_EQ(pause_after("10:error:key, 2700:default;error:org, 5000:session:org", "", true), 2700s);
}

TEST(RateLimits, RetryAfterHoldsWhereTheySayNothing) {
  EXPECT_EQ(pause_after("", "17", true), 17s);
  EXPECT_EQ(pause_after("", "", true), 60s);
  EXPECT_EQ(pause_after("", "soon", true), 60s);
  EXPECT_EQ(pause_after("", "17", false), 0s);
  EXPECT_EQ(pause_after("5:transaction:key", "17", true), 0s);
}

TEST(RateLimits, NonsenseIsNoLimit) {
  EXPECT_EQ(pause_after("x:error, -5:error, :error, ,,", "", false), 0s);
  EXPECT_EQ(pause_after("1.5:error", "", false), 1s);
  EXPECT_EQ(pause_after("99999999999:error", "", false), 24h);
}

}  // namespace
}  // namespace coppice::app::sentry
