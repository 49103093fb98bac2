#include "db/read_gate.hpp"

#include <atomic>
#include <cstddef>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

using actors::Duration;
using std::chrono::milliseconds;

constexpr actors::Time at(int ms) { return actors::Time(milliseconds(100'000 + ms)); }
constexpr Duration kNow = Duration::zero();

class ReadGateTest : public testing::Test {
 protected:
  /// Two readers whose reads of 30 ms overlap, from the moment 0: one is always under way, until
  /// one is kept waiting. Gives when that was; the other one then ends 15 ms later.
  int read_until_closed() {
    int time = 0;
    EXPECT_EQ(gate_.try_enter(at(time)), kNow);
    for (;; gate_.leave(at(time))) {
      time += 15;
      if (gate_.try_enter(at(time)) != kNow) return time;
      if (time > 1000) return time;
    }
  }

  ReadGate gate_;
};

TEST_F(ReadGateTest, ReadsThatOverlapWithoutEndAreHeldUp) {
  EXPECT_LE(read_until_closed(), 60);
  EXPECT_EQ(gate_.closures(), 1U);
}

TEST_F(ReadGateTest, WaitsForThoseUnderWayAndThenForAMomentWithoutAny) {
  const int closed = read_until_closed();
  EXPECT_NE(gate_.try_enter(at(closed + 14)), kNow) << "one is under way";
  gate_.leave(at(closed + 15));
  EXPECT_EQ(gate_.try_enter(at(closed + 15)), ReadGate::kHold);
  EXPECT_EQ(gate_.try_enter(at(closed + 22)), milliseconds(3));
  EXPECT_EQ(gate_.try_enter(at(closed + 25)), kNow);
}

TEST_F(ReadGateTest, IsOpenForAWhileOnceItHasOpened) {
  const int closed = read_until_closed();
  gate_.leave(at(closed));
  for (int time = closed + 10; time < closed + 50; time += 5) {
    EXPECT_EQ(gate_.try_enter(at(time)), kNow) << time;
  }
  EXPECT_NE(gate_.try_enter(at(closed + 50)), kNow);
}

TEST_F(ReadGateTest, WhoRarelyReadsNeverWaits) {
  for (int time = 0; time < 1000; time += 20) {
    ASSERT_EQ(gate_.try_enter(at(time)), kNow);
    gate_.leave(at(time + 10));
  }
  EXPECT_EQ(gate_.closures(), 0U);
}

TEST_F(ReadGateTest, ReadsWithoutAGapThatIsLongEnoughAreHeldUpThoughTheyDontOverlap) {
  int time = 0;
  for (; time < 1000 && gate_.try_enter(at(time)) == kNow; time += 6) gate_.leave(at(time + 5));
  EXPECT_LE(time, 46);
}

TEST_F(ReadGateTest, ClosesSoonerForWhatIsWaitedFor) {
  ASSERT_EQ(gate_.try_enter(at(0)), kNow);
  gate_.hasten(at(20), at(20));
  EXPECT_NE(gate_.try_enter(at(20)), kNow);
}

TEST_F(ReadGateTest, LetsReadsThroughHoweverOftenItIsHastened) {
  ASSERT_EQ(gate_.try_enter(at(0)), kNow);
  for (int time = 0; time < 10; ++time) {
    gate_.hasten(at(time), at(time));
    EXPECT_EQ(gate_.try_enter(at(time)), kNow) << time;
  }
  EXPECT_NE(gate_.try_enter(at(10)), kNow);
}

TEST_F(ReadGateTest, HasteCostsNothingWhereNobodyReads) {
  gate_.hasten(at(0), at(0));
  EXPECT_EQ(gate_.try_enter(at(1)), kNow);
  gate_.leave(at(2));
  gate_.hasten(at(3), at(3));
  EXPECT_EQ(gate_.try_enter(at(12)), kNow);
  EXPECT_EQ(gate_.closures(), 0U);
}

TEST_F(ReadGateTest, HasteThatIsOverIsForgotten) {
  ASSERT_EQ(gate_.try_enter(at(0)), kNow);
  gate_.hasten(at(20), at(20));
  gate_.leave(at(20));
  ASSERT_EQ(gate_.try_enter(at(30)), kNow);
  EXPECT_EQ(gate_.try_enter(at(69)), kNow);
}

TEST_F(ReadGateTest, GivesUpAtTheDeadline) {
  const auto clock = actors::steady_clock();
  const auto now = clock->now();
  ASSERT_EQ(gate_.try_enter(now - std::chrono::hours(1)), kNow);
  const auto pass = gate_.enter(*clock, now);
  ASSERT_FALSE(pass);
  EXPECT_EQ(pass.error(), actors::Errc::timeout);
}

TEST_F(ReadGateTest, HasteThatLastsHoldsForEachOpening) {
  ASSERT_EQ(gate_.try_enter(at(0)), kNow);
  gate_.hasten(at(0), at(100));
  ASSERT_NE(gate_.try_enter(at(10)), kNow);
  gate_.leave(at(10));
  ASSERT_EQ(gate_.try_enter(at(20)), kNow);
  EXPECT_EQ(gate_.try_enter(at(29)), kNow);
  EXPECT_NE(gate_.try_enter(at(30)), kNow);
}

TEST_F(ReadGateTest, WhoNeedsNotPassWaitsForNobodyAndIsWaitedFor) {
  const auto clock = actors::steady_clock();
  ASSERT_EQ(gate_.try_enter(clock->now() - std::chrono::hours(1)), kNow);
  ASSERT_NE(gate_.try_enter(clock->now()), kNow);
  const auto pass = gate_.enter(*clock, clock->now(), [] { return false; });
  ASSERT_TRUE(pass);
  gate_.leave(clock->now());
  EXPECT_NE(gate_.try_enter(clock->now() + std::chrono::hours(1)), kNow) << "it is under way";
}

TEST_F(ReadGateTest, AsksThoseWhoWaitWhetherTheyStillNeedTo) {
  const auto clock = actors::steady_clock();
  ASSERT_EQ(gate_.try_enter(clock->now() - std::chrono::hours(1)), kNow);
  ASSERT_NE(gate_.try_enter(clock->now()), kNow);
  gate_.leave(clock->now() + std::chrono::hours(1));  // so it does not open by itself
  std::atomic<bool> is_needed{true};
  std::atomic<bool> is_asked{false};
  std::jthread reader([&] {
    const auto ask = [&] {
      is_asked = true;
      is_asked.notify_one();
      return is_needed.load();
    };
    EXPECT_TRUE(gate_.enter(*clock, actors::Time::max(), ask));
  });
  is_asked.wait(false);
  is_needed = false;
  gate_.recheck();
}

TEST_F(ReadGateTest, AdmitsThoseWhoWaitOnceTheLastOneHasLeft) {
  const auto clock = actors::steady_clock();
  ASSERT_EQ(gate_.try_enter(clock->now() - std::chrono::hours(1)), kNow);
  constexpr std::ptrdiff_t kReaders = 3;
  std::latch asked(kReaders);
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> readers;
    for (std::ptrdiff_t i = 0; i < kReaders; ++i) {
      readers.emplace_back([&, has_asked = false]() mutable {
        // Asked under the gate's lock, which is let go when the reader waits.
        const auto ask = [&] {
          if (!std::exchange(has_asked, true)) asked.count_down();
          return true;
        };
        if (gate_.enter(*clock, actors::Time::max(), ask)) ++admitted;
      });
    }
    asked.wait();
    EXPECT_EQ(admitted, 0);
    gate_.leave(clock->now());
  }
  EXPECT_EQ(admitted, kReaders);
}

}  // namespace
}  // namespace coppice::db
