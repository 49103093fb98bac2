#include "actors/bell.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

TEST(Bell, IsHeardByAllWhoListen) {
  Bell bell;
  const auto first = bell.listen();
  const auto second = bell.listen();
  int called = 0;
  bell.listen([&called] { ++called; });
  bell.ring();
  bell.wait(first, {});
  bell.wait(second, {});
  EXPECT_EQ(called, 1);
}

TEST(Bell, IsHeardOnceUnlessOneListensAgain) {
  Bell bell;
  int called = 0;
  bell.ring();
  bell.listen([&called] { ++called; });
  EXPECT_TRUE(bell.listens());
  bell.ring();
  bell.ring();
  EXPECT_EQ(called, 1);
  EXPECT_FALSE(bell.listens());
}

TEST(Bell, LetsOneListenAgainWhileItRings) {
  Bell bell;
  int called = 0;
  bell.listen([&] { bell.listen([&called] { ++called; }); });
  bell.ring();
  EXPECT_EQ(called, 0);
  bell.ring();
  EXPECT_EQ(called, 1);
}

TEST(Bell, WakesOneWhoWaits) {
  Bell bell;
  const auto before = bell.listen();
  const std::jthread ringer([&bell] { bell.ring(); });
  bell.wait(before, {});
}

TEST(Bell, LetsGoOneWhoIsToldToStop) {
  Bell bell;
  std::jthread waiting([&bell](const std::stop_token& stop) { bell.wait(bell.listen(), stop); });
  waiting.request_stop();
}

}  // namespace
}  // namespace coppice::actors
