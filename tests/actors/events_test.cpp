#include "actors/events.hpp"

#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

class EventBusTest : public testing::Test {
 protected:
  void emit(EventKind kind) { bus_.emit({.kind = kind}); }

  EventBus bus_;
  int first_ = 0;
  int second_ = 0;
};

TEST_F(EventBusTest, BringsAnEventToWhoAskedForItsKind) {
  const auto some = bus_.attach([this](const Event&) { ++first_; },
                                {EventKind::actor_crash, EventKind::zombie_add});
  const auto all = bus_.attach([this](const Event&) { ++second_; });
  emit(EventKind::actor_crash);
  emit(EventKind::zombie_add);
  emit(EventKind::actor_start);
  EXPECT_EQ(first_, 2);
  EXPECT_EQ(second_, 3);
}

TEST_F(EventBusTest, KnowsWhatNobodyWants) {
  EXPECT_FALSE(bus_.wanted(EventKind::actor_crash));
  auto subscription = bus_.attach([](const Event&) {}, {EventKind::actor_crash});
  EXPECT_TRUE(bus_.wanted(EventKind::actor_crash));
  EXPECT_FALSE(bus_.wanted(EventKind::actor_start));
  subscription.reset();
  EXPECT_FALSE(bus_.wanted(EventKind::actor_crash));
}

TEST_F(EventBusTest, DetachesWithTheSubscription) {
  {
    auto subscription = bus_.attach([this](const Event&) { ++first_; });
    auto moved = std::move(subscription);
    emit(EventKind::actor_start);
  }
  emit(EventKind::actor_start);
  EXPECT_EQ(first_, 1);
}

TEST_F(EventBusTest, RemovesAHandlerThatThrowsAndServesTheOthers) {
  const auto throwing = bus_.attach([this](const Event&) {
    ++first_;
    throw std::runtime_error("broken observer");
  });
  const auto other = bus_.attach([this](const Event&) { ++second_; });
  emit(EventKind::actor_start);
  emit(EventKind::actor_start);
  EXPECT_EQ(first_, 1);
  EXPECT_EQ(second_, 2);
}

TEST_F(EventBusTest, NamesEveryKindDifferently) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const auto name = to_string(static_cast<EventKind>(i));
    EXPECT_TRUE(name.contains('.')) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(to_string(EventKind::actor_crash), "actor.crash");
  EXPECT_EQ(to_string(EventKind::io_crash), "io.crash");
}

}  // namespace
}  // namespace coppice::actors
