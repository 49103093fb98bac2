#include "actors/sys.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::call_from;
using support::Probe;
using support::run_in;
using testkit::World;

/// Counts, with its state open to operators.
class Counter final : public Server<Counter> {
 public:
  struct Increment {};
  struct Get {
    using Reply = int;
  };
  struct IncrementSlowly {
    using Reply = int;
    Duration takes;
  };
  struct State {
    int total = 0;
    std::string owner = "nobody";
  };

  void handle(Increment /*message*/) { ++state_.total; }
  int handle(Get /*message*/) { return state_.total; }
  Task<int> handle(IncrementSlowly message) {
    const int before = state_.total;
    std::ignore = co_await sleep_for(message.takes);
    state_.total = before + 1;
    co_return state_.total;
  }

  [[nodiscard]] std::string describe() const override {
    return "total " + std::to_string(state_.total);
  }
  State& state() noexcept { return state_; }
  [[nodiscard]] int total() const noexcept { return state_.total; }

 private:
  State state_;
};

class SysTest : public testing::Test {
 protected:
  void increment(int times = 1) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(counter_.cast(Counter::Increment{}));
    world_.run();
  }
  Result<int> total() {
    return sys_.get_state<Counter>([](const Counter& counter) { return counter.total(); });
  }

  World world_;
  Ref<Counter> counter_ = world_.spawn_with<Counter>(
      {.place = world_.runtime().root()->add_child("counter", Place::Kind::worker, "")});
  Sys sys_{world_.runtime(), counter_.pid()};
};

// catalogue 114
TEST_F(SysTest, ASuspendedActorKeepsItsMailUntilItIsResumed) {
  ASSERT_TRUE(sys_.suspend());
  increment();
  EXPECT_EQ(total(), 0);
  const auto call = call_from(world_, world_.spawn<Probe>(), counter_, Counter::Get{}, 50ms);
  EXPECT_FALSE(call->has_value());
  world_.advance(50ms);
  ASSERT_TRUE(call->has_value());
  EXPECT_EQ((*call)->error(), Errc::timeout);
  EXPECT_EQ(sys_.status()->stats.state, ActorState::suspended);
  EXPECT_TRUE(sys_.status()->suspended);

  ASSERT_TRUE(sys_.resume());
  world_.run();
  EXPECT_EQ(total(), 1);
  EXPECT_EQ(sys_.status()->stats.state, ActorState::running);
}

// catalogue 114
TEST_F(SysTest, ASuspendedActorStillEndsWhenItIsTold) {
  ASSERT_TRUE(sys_.suspend());
  increment();
  EXPECT_EQ(sys_.terminate(), ExitReason::shutdown());
  EXPECT_EQ(sys_.status().error(), Errc::noproc);
}

// catalogue 115
TEST_F(SysTest, StateIsReadAndReplaced) {
  increment(2);
  EXPECT_EQ(total(), 2);
  const auto state = sys_.replace_state<Counter>([](Counter::State state) {
    state.total *= 10;
    return state;
  });
  ASSERT_TRUE(state);
  EXPECT_EQ(state->total, 20);
  EXPECT_EQ(world_.call(counter_, Counter::Get{}), 20);
}

// catalogue 115
TEST_F(SysTest, StateStaysAsItIsWhenItsReplacementThrows) {
  increment(2);
  const auto state = sys_.replace_state<Counter>([](Counter::State state) -> Counter::State {
    state.total = 99;
    throw std::runtime_error("changed my mind");
  });
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error(), Errc::callback_failed);
  EXPECT_EQ(state.error().context, "changed my mind");
  EXPECT_EQ(total(), 2);
  EXPECT_TRUE(world_.alive(counter_.pid()));

  const auto look = sys_.get_state<Counter>([](const Counter&) -> int { throw 7; });
  EXPECT_EQ(look.error(), Errc::callback_failed) << "whatever is thrown";
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

// catalogue 115
TEST_F(SysTest, StateIsReadAndReplacedWhileSuspended) {
  ASSERT_TRUE(sys_.suspend());
  ASSERT_TRUE(sys_.replace_state<Counter>([](Counter::State) { return Counter::State{5, "op"}; }));
  EXPECT_EQ(total(), 5);
}

TEST_F(SysTest, StateIsNotReplacedUnderAHandlerThatWaits) {
  const auto call =
      call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{100ms});
  EXPECT_EQ(total(), 0) << "but it may be looked at";
  const Time began = world_.now();
  const auto state = sys_.replace_state<Counter>([](Counter::State state) {
    state.total += 100;
    return state;
  });
  EXPECT_EQ(world_.now() - began, 100ms);
  EXPECT_EQ(state->total, 101);
  world_.run();
  EXPECT_EQ(**call, 1);
}

TEST_F(SysTest, StateThatCouldNotBeReplacedInTimeStaysAsItIs) {
  call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{100ms});
  Sys hasty(world_.runtime(), counter_.pid(), 50ms);
  const auto state =
      hasty.replace_state<Counter>([](Counter::State) { return Counter::State{77}; });
  EXPECT_EQ(state.error(), Errc::timeout);
  world_.advance(1s);
  EXPECT_EQ(total(), 1);
}

TEST_F(SysTest, StateOfAnotherTypeIsRefused) {
  const auto look = sys_.get_state<Probe>([](const Probe&) { return 1; });
  EXPECT_EQ(look.error(), Errc::wrong_type);
}

TEST_F(SysTest, StatusTellsWhatAnActorIsAndWhereItWaits) {
  increment(3);
  call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{100ms});
  const auto status = sys_.status();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->path, "/counter");
  EXPECT_TRUE(status->type.ends_with("Counter"));
  EXPECT_EQ(status->state, "total 3");
  EXPECT_FALSE(status->suspended);
  EXPECT_FALSE(status->debugged);
  EXPECT_EQ(status->stats.handled, 4U);
  ASSERT_EQ(status->awaiting.size(), 1U);
  EXPECT_TRUE(status->awaiting[0].contains("sys_test.cpp:"));
}

// catalogue 116
TEST_F(SysTest, StatisticsCountMessagesAndKeepTheHighWaterMark) {
  ASSERT_TRUE(sys_.suspend());
  increment(3);
  EXPECT_EQ(sys_.status()->stats.mailbox_depth, 3U);
  ASSERT_TRUE(sys_.resume());
  world_.run();
  const auto stats = sys_.status()->stats;
  EXPECT_EQ(stats.handled, 3U);
  EXPECT_EQ(stats.mailbox_depth, 0U);
  EXPECT_EQ(stats.mailbox_high_water, 3U);
  EXPECT_GT(stats.busy, 0ns);
}

// catalogue 116
TEST_F(SysTest, StatisticsCountBusyTimeAlsoOnceItIsSampled) {
  increment(1'000);
  const Duration exact = sys_.status()->stats.busy;
  for (int i = 0; i < 10; ++i) increment(500);
  EXPECT_GT(sys_.status()->stats.busy, exact);
}

// catalogue 116
TEST_F(SysTest, TheLogKeepsTheLastMessages) {
  increment(5);
  EXPECT_TRUE(sys_.logged()->empty()) << "off by default";
  ASSERT_TRUE(sys_.log(3));
  increment(4);
  ASSERT_TRUE(world_.call(counter_, Counter::Get{}));
  const auto logged = sys_.logged();
  ASSERT_TRUE(logged);
  ASSERT_EQ(logged->size(), 3U);
  EXPECT_TRUE((*logged)[0].type.ends_with("Counter::Increment"));
  EXPECT_TRUE((*logged)[2].type.ends_with("Counter::Get"));
  EXPECT_EQ((*logged)[2].at, world_.now());
  ASSERT_TRUE(sys_.log(0));
  increment();
  EXPECT_TRUE(sys_.logged()->empty());
}

// catalogue 116
TEST_F(SysTest, ATraceReportsEachMessageUntilItsTimeIsOver) {
  increment();
  ASSERT_TRUE(sys_.trace(100ms));
  increment(2);
  call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{10ms});
  const auto traced = world_.events(EventKind::actor_message);
  ASSERT_EQ(traced.size(), 3U);
  EXPECT_EQ(traced[0].pid, counter_.pid());
  EXPECT_EQ(traced[0].path, "/counter");
  EXPECT_TRUE(traced[0].type.ends_with("Counter::Increment"));
  EXPECT_EQ(traced[2].detail, "waits");
  world_.advance(100ms);
  increment(2);
  EXPECT_EQ(world_.count(EventKind::actor_message), 4U) << "the end of the one that waited";
  EXPECT_FALSE(sys_.status()->debugged) << "it has switched itself off";

  ASSERT_TRUE(sys_.trace(1h));
  ASSERT_TRUE(sys_.trace(0ms));
  increment();
  EXPECT_EQ(world_.count(EventKind::actor_message), 4U);
}

// catalogue 116
TEST_F(SysTest, ATraceReportsTheWholeTimeOfAHandlerThatWaits) {
  ASSERT_TRUE(sys_.trace(1h));
  call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{10ms});
  EXPECT_EQ(world_.count(EventKind::actor_message), 1U) << "one that never ends is seen as well";
  world_.advance(20ms);
  increment();
  const auto traced = world_.events(EventKind::actor_message);
  ASSERT_EQ(traced.size(), 3U);
  EXPECT_LT(traced[0].duration, 10ms);
  EXPECT_EQ(traced[0].detail, "waits");
  EXPECT_TRUE(traced[1].type.ends_with("Counter::IncrementSlowly"));
  EXPECT_GE(traced[1].duration, 10ms);
  EXPECT_EQ(traced[1].detail, "waited");
  EXPECT_EQ(traced[2].detail, "");
}

// catalogue 116
TEST_F(SysTest, ATraceThatIsOverReportsNoEndOfAHandler) {
  ASSERT_TRUE(sys_.trace(5ms));
  call_from(world_, world_.spawn<Probe>(), counter_, Counter::IncrementSlowly{10ms});
  world_.advance(20ms);
  EXPECT_EQ(world_.count(EventKind::actor_message), 1U);
}

// catalogue 116
TEST_F(SysTest, ADebugFunctionIsRemovedWhenItThrowsOrHasFinished) {
  int throwing = 0;
  int finishing = 0;
  int lasting = 0;
  ASSERT_TRUE(sys_.install("throwing", [&](const HandledMessage&) -> bool {
    ++throwing;
    throw std::runtime_error("bad probe");
  }));
  ASSERT_TRUE(sys_.install("finishing", [&](const HandledMessage&) { return ++finishing < 2; }));
  ASSERT_TRUE(sys_.install("lasting", [&](const HandledMessage& message) {
    ++lasting;
    return message.type.ends_with("Counter::Increment");
  }));
  increment(5);
  EXPECT_EQ(throwing, 1);
  EXPECT_EQ(finishing, 2);
  EXPECT_EQ(lasting, 5);
  EXPECT_TRUE(world_.alive(counter_.pid()));
  EXPECT_EQ(sys_.remove("throwing").error(), Errc::not_found);
  EXPECT_TRUE(sys_.remove("lasting"));
  increment();
  EXPECT_EQ(lasting, 5);
}

// catalogue 116
TEST_F(SysTest, NoDebugEndsEverything) {
  int calls = 0;
  ASSERT_TRUE(sys_.log());
  ASSERT_TRUE(sys_.trace(1h));
  ASSERT_TRUE(sys_.install("f", [&](const HandledMessage&) { return ++calls > 0; }));
  increment();
  ASSERT_TRUE(sys_.no_debug());
  increment();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(sys_.logged()->empty());
  EXPECT_EQ(world_.count(EventKind::actor_message), 1U);
}

TEST_F(SysTest, EveryOrderToADeadActorSaysNoproc) {
  world_.kill(counter_.pid());
  EXPECT_EQ(sys_.suspend().error(), Errc::noproc);
  EXPECT_EQ(sys_.resume().error(), Errc::noproc);
  EXPECT_EQ(sys_.status().error(), Errc::noproc);
  EXPECT_EQ(sys_.terminate().error(), Errc::noproc);
  EXPECT_EQ(sys_.log().error(), Errc::noproc);
  EXPECT_EQ(sys_.logged().error(), Errc::noproc);
  EXPECT_EQ(sys_.trace(1s).error(), Errc::noproc);
  EXPECT_EQ(total().error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::actors
