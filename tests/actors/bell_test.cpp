#include "actors/bell.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

constexpr Duration kForLong = 60s;

TEST(Bell, EndsAWaitThatIsUnderWay) {
  Bell bell;
  bell.listen();
  const std::jthread other([&bell] { bell.ring(); });
  bell.wait_for(kForLong);
}

TEST(Bell, IsHeardThoughItRangBeforeTheWaitBegan) {
  Bell bell;
  bell.listen();
  bell.ring();
  bell.wait_for(kForLong);
}

TEST(Bell, IsNotHeardByWhomItRangBeforeHeListened) {
  Bell bell;
  bell.ring();
  bell.listen();
  const auto begun = steady_clock()->now();
  bell.wait_for(20ms);
  EXPECT_GE(steady_clock()->now() - begun, 20ms);
}

TEST(Bell, ListensToOneRing) {
  Bell bell;
  bell.listen();
  bell.ring();
  bell.ring();
  bell.wait_for(kForLong);
  bell.listen();
  const auto begun = steady_clock()->now();
  bell.wait_for(20ms);
  EXPECT_GE(steady_clock()->now() - begun, 20ms);
}

TEST(Bell, EndsEveryWaitWhenItIsSilenced) {
  Bell bell;
  EXPECT_TRUE(bell.pause_for(1ms));
  bell.silence();
  EXPECT_FALSE(bell.pause_for(kForLong));
  bell.listen();
  bell.wait_for(kForLong);
  bell.reset();
  EXPECT_TRUE(bell.pause_for(1ms));
}

}  // namespace
}  // namespace coppice::actors
