#include "actors/timer_wheel.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

/// Notes when it expired, and may do something then.
class Bell final : public Timer {
 public:
  explicit Bell(std::vector<int>* rung, int number = 0) : rung_(rung), number_(number) {}
  std::function<void()> then;

 private:
  void on_expire() noexcept override {
    rung_->push_back(number_);
    if (then) then();
  }
  std::vector<int>* rung_;
  int number_;
};

class TimerWheelTest : public testing::Test {
 protected:
  Time at(Duration since_origin) const { return origin_ + since_origin; }
  std::size_t rung() const { return rung_.size(); }

  Time origin_{1h};
  TimerWheel wheel_{origin_};
  std::vector<int> rung_;
};

TEST_F(TimerWheelTest, NeverExpiresEarlyAndAtItsTickAtTheLatest) {
  Bell bell(&rung_);
  wheel_.arm(bell, at(10ms + 1ns));
  EXPECT_TRUE(bell.armed());
  EXPECT_EQ(wheel_.advance(at(10ms)), 0U);
  EXPECT_EQ(wheel_.advance(at(10ms + 999us)), 0U) << "the tick is not over";
  EXPECT_EQ(wheel_.advance(at(11ms)), 1U);
  EXPECT_EQ(rung(), 1U);
  EXPECT_FALSE(bell.armed());
}

TEST_F(TimerWheelTest, ExpiresExactlyAtADeadlineOnATick) {
  Bell bell(&rung_);
  wheel_.arm(bell, at(10ms));
  EXPECT_EQ(wheel_.next_deadline(), at(10ms));
  EXPECT_EQ(wheel_.advance(at(9ms)), 0U);
  EXPECT_EQ(wheel_.advance(at(10ms)), 1U);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
}

TEST_F(TimerWheelTest, ExpiresWhatIsOverdueWithTheNextTick) {
  wheel_.advance(at(50ms));
  Bell bell(&rung_);
  wheel_.arm(bell, at(20ms));
  EXPECT_EQ(wheel_.advance(at(50ms)), 0U);
  EXPECT_EQ(wheel_.advance(at(51ms)), 1U);
}

TEST_F(TimerWheelTest, NeverExpiresATimerWithoutDeadline) {
  Bell bell(&rung_);
  wheel_.arm(bell, Time::max());
  EXPECT_FALSE(bell.armed());
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(TimerWheelTest, ForgetsACancelledTimer) {
  Bell bell(&rung_);
  wheel_.arm(bell, at(5ms));
  bell.cancel();
  bell.cancel();
  EXPECT_EQ(wheel_.size(), 0U);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  wheel_.advance(at(1s));
  EXPECT_EQ(rung(), 0U);
}

TEST_F(TimerWheelTest, ArmingAgainReplacesTheDeadline) {
  Bell bell(&rung_);
  wheel_.arm(bell, at(5ms));
  wheel_.arm(bell, at(500ms));
  EXPECT_EQ(wheel_.size(), 1U);
  EXPECT_EQ(wheel_.advance(at(499ms)), 0U);
  EXPECT_EQ(wheel_.advance(at(500ms)), 1U);
}

TEST_F(TimerWheelTest, CancelsATimerThatIsDestroyed) {
  {
    Bell bell(&rung_);
    wheel_.arm(bell, at(5ms));
  }
  EXPECT_EQ(wheel_.size(), 0U);
  wheel_.advance(at(1s));
  EXPECT_EQ(rung(), 0U);
}

TEST_F(TimerWheelTest, OutlivesItsTimersAndIsOutlivedByThem) {
  Bell bell(&rung_);
  {
    TimerWheel wheel(origin_);
    wheel.arm(bell, at(5ms));
  }
  EXPECT_FALSE(bell.armed());
  bell.cancel();
}

TEST_F(TimerWheelTest, ExpiresTimersOfOneTickInTheOrderOfArming) {
  std::vector<std::unique_ptr<Bell>> bells;
  for (int i = 0; i < 10; ++i) {
    bells.push_back(std::make_unique<Bell>(&rung_, i));
    wheel_.arm(*bells.back(), at(7ms));
  }
  wheel_.advance(at(7ms));
  EXPECT_TRUE(std::ranges::is_sorted(rung_));
  EXPECT_EQ(rung(), 10U);
}

TEST_F(TimerWheelTest, AnExpiringTimerMayArmItselfAndOthersOrCancelThem) {
  Bell first(&rung_, 1);
  Bell second(&rung_, 2);
  Bell third(&rung_, 3);
  first.then = [&] {
    second.cancel();
    wheel_.arm(third, at(8ms));
    if (rung() == 1) wheel_.arm(first, at(9ms));
  };
  wheel_.arm(first, at(5ms));
  wheel_.arm(second, at(5ms));
  wheel_.advance(at(20ms));
  EXPECT_EQ(rung_, (std::vector{1, 3, 1, 3}));
}

TEST_F(TimerWheelTest, AnExpiringTimerMayDestroyItself) {
  auto bell = std::make_unique<Bell>(&rung_);
  bell->then = [&] { bell.reset(); };
  wheel_.arm(*bell, at(1ms));
  EXPECT_EQ(wheel_.advance(at(1ms)), 1U);
  EXPECT_EQ(bell, nullptr);
}

/// Deadlines on each level of the hierarchy, up to years.
class TimerWheelDistance : public TimerWheelTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Bits, TimerWheelDistance, testing::Range(0, 40, 3));

TEST_P(TimerWheelDistance, ExpiresAtEveryDistance) {
  wheel_.advance(at(12'345ms));
  const Duration distance = std::chrono::milliseconds((std::int64_t{1} << GetParam()) + 1);
  Bell bell(&rung_);
  wheel_.arm(bell, at(12'345ms) + distance);
  wheel_.advance(at(12'345ms) + distance - 1ms);
  EXPECT_EQ(rung(), 0U);
  wheel_.advance(at(12'345ms) + distance);
  EXPECT_EQ(rung(), 1U);
}

TEST_F(TimerWheelTest, AgreesWithASortedListWhateverIsDoneToIt) {
  std::mt19937 random(20'240'229);
  constexpr int kTimers = 200;
  std::vector<std::unique_ptr<Bell>> bells;
  std::vector<Time> due(kTimers, Time::max());
  for (int i = 0; i < kTimers; ++i) bells.push_back(std::make_unique<Bell>(&rung_, i));
  Time now = origin_;
  for (int round = 0; round < 2'000; ++round) {
    const auto i = random() % kTimers;
    if (random() % 4 == 0) {
      bells[i]->cancel();
      due[i] = Time::max();
    } else {
      // Rounded to ticks, so that the list need not know of them.
      due[i] =
          std::max(now + 1ms, now + std::chrono::milliseconds(random() % (1U << random() % 20)));
      wheel_.arm(*bells[i], due[i]);
    }
    const auto earliest = *std::ranges::min_element(due);
    if (earliest != Time::max()) {
      ASSERT_TRUE(wheel_.next_deadline());
      ASSERT_LE(*wheel_.next_deadline(), earliest);
    }
    now += std::chrono::milliseconds(random() % 50);
    rung_.clear();
    wheel_.advance(now);
    std::vector<int> expected;
    for (int t = 0; t < kTimers; ++t) {
      auto& each = due[static_cast<std::size_t>(t)];
      if (each > now) continue;
      expected.push_back(t);
      each = Time::max();
    }
    std::ranges::sort(rung_);
    ASSERT_EQ(rung_, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace coppice::actors
