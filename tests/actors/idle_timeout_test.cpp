#include <gtest/gtest.h>

#include "actors/sys.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::Probe;
using support::run_in;
using testkit::World;

class IdleTimeoutTest : public testing::Test {
 protected:
  void ask_for(Duration timeout) {
    run_in(world_, probe_, [=](Probe& self) { self.idle_timeout(timeout); });
  }

  static Task<void> ask_and_work(Probe* self) {
    self->idle_timeout(100ms);
    std::ignore = co_await sleep_for(300ms);
  }

  World world_;
  std::shared_ptr<Probe::Seen> seen_ = std::make_shared<Probe::Seen>();
  Ref<Probe> probe_ = world_.spawn<Probe>(seen_);
};

// catalogue 98
TEST_F(IdleTimeoutTest, FiresOnceWhenNothingComesIn) {
  ask_for(500ms);
  world_.advance(499ms);
  EXPECT_EQ(seen_->idle_timeouts, 0U);
  world_.advance(1ms);
  EXPECT_EQ(seen_->idle_timeouts, 1U);
  world_.advance(2s);
  EXPECT_EQ(seen_->idle_timeouts, 1U) << "it was for one wait";
}

TEST_F(IdleTimeoutTest, CountsFromTheEndOfTheHandlerThatAsksForIt) {
  support::start_in(world_, probe_, [](Probe* self) { return ask_and_work(self); });
  world_.advance(300ms + 99ms);
  EXPECT_EQ(seen_->idle_timeouts, 0U);
  world_.advance(1ms);
  EXPECT_EQ(seen_->idle_timeouts, 1U);
}

// catalogue 98
TEST_F(IdleTimeoutTest, IsCancelledByAnyMessage) {
  ask_for(500ms);
  world_.advance(400ms);
  EXPECT_TRUE(world_.call(probe_, Probe::Ping{}));
  world_.advance(2s);
  EXPECT_EQ(seen_->idle_timeouts, 0U);
}

// catalogue 98
TEST_F(IdleTimeoutTest, IsNotCancelledByAnOperator) {
  ask_for(500ms);
  world_.advance(400ms);
  EXPECT_TRUE(Sys(world_.runtime(), probe_.pid()).status());
  world_.advance(100ms);
  EXPECT_EQ(seen_->idle_timeouts, 1U);
}

TEST_F(IdleTimeoutTest, IsCancelledByASignal) {
  const auto other = world_.spawn<Probe>();
  run_in(world_, probe_, [&](Probe& self) { self.monitor(other.pid()); });
  ask_for(500ms);
  world_.kill(other.pid());
  world_.advance(1s);
  EXPECT_EQ(seen_->downs.size(), 1U);
  EXPECT_EQ(seen_->idle_timeouts, 0U);
}

TEST_F(IdleTimeoutTest, LosesAgainstMailThatComesAtTheSameMoment) {
  ask_for(500ms);
  Sys sys(world_.runtime(), probe_.pid());
  ASSERT_TRUE(sys.suspend());
  world_.advance(500ms);
  ASSERT_TRUE(probe_.cast(Probe::Do{[](Probe&) {}}));
  ASSERT_TRUE(sys.resume());
  world_.run();
  EXPECT_EQ(seen_->idle_timeouts, 0U);
}

// catalogue 99
TEST_F(IdleTimeoutTest, OfZeroLetsTheMailThatWaitsGoFirstAndIsLost) {
  const auto order = std::make_shared<testkit::Journal>();
  ASSERT_TRUE(probe_.cast(Probe::Do{[](Probe& self) { self.idle_timeout(0ms); }}));
  ASSERT_TRUE(probe_.cast(Probe::Do{[order](Probe&) { order->add("mail"); }}));
  world_.advance(1s);
  EXPECT_EQ(order->count("mail"), 1U);
  EXPECT_EQ(seen_->idle_timeouts, 0U);
}

// catalogue 99
TEST_F(IdleTimeoutTest, OfZeroFiresAtOnceWhenNothingWaits) {
  const auto began = world_.now();
  ask_for(0ms);
  EXPECT_EQ(seen_->idle_timeouts, 1U);
  EXPECT_EQ(world_.now(), began);
}

}  // namespace
}  // namespace coppice::actors
