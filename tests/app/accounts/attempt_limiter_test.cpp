#include "app/accounts/attempt_limiter.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace coppice::app::accounts {
namespace {

using namespace std::chrono_literals;
using actors::Duration;
using actors::Time;

const AttemptRule kRule{
    .free_attempts = 3, .first_wait = 1s, .longest_wait = 10s, .forget_after = 1h};
const AttemptKey kAda{"account ada", kRule};
const AttemptKey kEve{"account eve", kRule};

class AttemptLimiterTest : public testing::Test {
 protected:
  std::optional<Duration> admit(std::vector<AttemptKey> keys) { return limiter_.admit(keys, now_); }

  AttemptLimiter limiter_;
  Time now_{1h};
};

TEST_F(AttemptLimiterTest, MakesTheFourthAttemptWaitAndTheNextOnesLonger) {
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt) << n;
  for (const Duration wait : {1s, 2s, 4s, 8s, 10s, 10s}) {
    EXPECT_EQ(admit({kAda}), wait);
    now_ += wait;
    EXPECT_EQ(admit({kAda}), std::nullopt);
  }
}

TEST_F(AttemptLimiterTest, CountsNoAttemptThatHadToWait) {
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt);
  for (int n = 0; n < 100; ++n) EXPECT_EQ(admit({kAda}), 1s);
}

TEST_F(AttemptLimiterTest, KeepsKeysApartAndCountsAllOrNone) {
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt);
  for (int n = 0; n < 5; ++n) EXPECT_EQ(admit({kEve, kAda}), 1s);
  EXPECT_EQ(admit({kEve}), std::nullopt);
}

TEST_F(AttemptLimiterTest, ForgetsWithTime) {
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt);
  now_ += 61min;
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt);
  EXPECT_EQ(admit({kAda}), 1s);
}

TEST_F(AttemptLimiterTest, ForgetsWhenItIsTold) {
  for (int n = 0; n < 3; ++n) EXPECT_EQ(admit({kAda}), std::nullopt);
  limiter_.forget(kAda);
  EXPECT_EQ(admit({kAda}), std::nullopt);
}

TEST_F(AttemptLimiterTest, TakesAnAttemptBack) {
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(admit({kAda}), std::nullopt);
    limiter_.take_back(kAda);
  }
}

TEST_F(AttemptLimiterTest, ForgetsWhoHasNotTriedForLongestWhenItIsFull) {
  AttemptLimiter small(2);
  const auto admit = [&](const std::string& text) {
    const AttemptKey key{text, {.free_attempts = 1, .first_wait = 1s}};
    return small.admit({&key, 1}, now_);
  };
  EXPECT_EQ(admit("a"), std::nullopt);
  EXPECT_EQ(admit("b"), std::nullopt);
  EXPECT_EQ(admit("a"), 1s);
  EXPECT_EQ(admit("c"), std::nullopt);
  EXPECT_EQ(small.size(), 2U);
  EXPECT_EQ(admit("b"), 1s);
  EXPECT_EQ(admit("a"), std::nullopt);
}

}  // namespace
}  // namespace coppice::app::accounts
