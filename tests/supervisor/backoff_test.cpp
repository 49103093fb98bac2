#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using actors::Duration;
using actors::Place;

/// 100, 200, 400, 800, 1000, 1000, … ms.
Backoff schedule() {
  return {.min = 100ms, .max = 1s, .factor = 2.0, .jitter = 0.0, .reset_after = 10s};
}

class BackoffTest : public SupervisionTest {
 protected:
  ChildSpec slow_to_return(const std::string& name, Backoff backoff = schedule()) {
    ChildSpec spec = child(name);
    spec.backoff = backoff;
    return spec;
  }

  /// Lets time pass until the child at @p path runs again, and tells how long that took.
  Duration time_to_return(const std::string& path) {
    const auto began = world_.now();
    EXPECT_TRUE(
        world_.run_until([&] { return place_->find(path)->state() == Place::State::running; }));
    return world_.now() - began;
  }
};

// catalogue 126
TEST_F(BackoffTest, DoublesTheWaitWithEachFailureUpToItsMaximum) {
  start(Strategy::one_for_one, {slow_to_return("a")});
  for (const Duration expected : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const auto crashed = world_.now();
    crash("a");
    EXPECT_EQ(place_->find("a")->snapshot().next_attempt_at, crashed + expected);
    EXPECT_EQ(time_to_return("a"), expected);
  }
}

// catalogue 126
TEST_F(BackoffTest, TreatsAStartThatFailsAsAFailure) {
  start(Strategy::one_for_one, {slow_to_return("a")});
  script("a")->next_starts = {Starting::stop, Starting::throws, Starting::ok};
  crash("a");
  EXPECT_EQ(time_to_return("a"), 100ms + 200ms + 400ms);
  EXPECT_EQ(starts("a"), 4);
}

// catalogue 126
TEST_F(BackoffTest, BeginsAnewAfterAGoodRun) {
  start(Strategy::one_for_one, {slow_to_return("a")});
  crash("a");
  EXPECT_EQ(time_to_return("a"), 100ms);
  world_.advance(10s - 1ms);
  crash("a");
  EXPECT_EQ(time_to_return("a"), 200ms) << "not long enough";
  world_.advance(10s);
  crash("a");
  EXPECT_EQ(time_to_return("a"), 100ms);
}

// catalogue 126
TEST_F(BackoffTest, AddsAtMostItsJitter) {
  Backoff backoff = schedule();
  backoff.max = backoff.min;
  backoff.jitter = 0.5;
  start(Strategy::one_for_one, {slow_to_return("a", backoff)});
  for (int i = 0; i < 50; ++i) {
    crash("a");
    const Duration delay = *place_->find("a")->snapshot().next_attempt_at - world_.now();
    EXPECT_GE(delay, 100ms);
    EXPECT_LE(delay, 150ms);
    time_to_return("a");
  }
}

// catalogue 126
TEST_F(BackoffTest, GivesUpAfterSoManyFailuresInARow) {
  Backoff backoff = schedule();
  backoff.max_consecutive = 2;
  const auto supervisor = start(Strategy::one_for_one, {slow_to_return("a", backoff), child("b")});
  for (int i = 0; i < 2; ++i) {
    crash("a");
    time_to_return("a");
  }
  crash("a");
  EXPECT_EQ(exit_reason(supervisor.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->count("stop b"), 1);
  const auto told = world_.events(EventKind::sup_gave_up);
  ASSERT_EQ(told.size(), 1);
  EXPECT_EQ(told[0].detail, "max_consecutive");
}

// catalogue 126
TEST_F(BackoffTest, CountsAttemptsNotWaits) {
  const SupervisorSpec spec{{.intensity = {.intensity = 1, .period = 150ms}},
                            {slow_to_return("a")}};
  const auto supervisor = start(spec);
  for (int i = 0; i < 4; ++i) {  // at 0, 100, 300, …: never two attempts within 150 ms
    crash("a");
    time_to_return("a");
  }
  EXPECT_TRUE(world_.alive(supervisor.pid()));
}

// catalogue 126
TEST_F(BackoffTest, ExceedsTheIntensityAtTheAttempt) {
  const SupervisorSpec spec{{.intensity = {.intensity = 1, .period = 1h}}, {slow_to_return("a")}};
  const auto supervisor = start(spec);
  crash("a");
  time_to_return("a");
  crash("a");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  world_.advance(200ms);
  EXPECT_EQ(exit_reason(supervisor.pid()), ExitReason::shutdown());
  EXPECT_EQ(starts("a"), 2);
}

// catalogue 126
TEST_F(BackoffTest, HasALimitWhateverTheSpecSays) {
  const Backoff endless{
      .min = 1h, .max = Duration::max(), .factor = 1e300, .jitter = 1.0, .reset_after = 0s};
  start(Strategy::one_for_one, {slow_to_return("a", endless)});
  for (int i = 0; i < 3; ++i) {
    crash("a");
    EXPECT_GE(time_to_return("a"), 1h);
  }
}

// catalogue 126
TEST_F(BackoffTest, OfNothingRestartsAtOnce) {
  Backoff none = schedule();
  none.min = none.max = 0ms;
  start(Strategy::one_for_one, {slow_to_return("a", none)});
  crash("a");
  EXPECT_EQ(starts("a"), 2);
}

// -- with others ---------------------------------------------------------------------------------

// catalogue 126
TEST_F(BackoffTest, LeavesTheSiblingsAloneUnderOneForOne) {
  const auto supervisor =
      start(Strategy::one_for_one, {child("a"), slow_to_return("b"), child("c")});
  forget_past();
  crash("b");
  EXPECT_EQ(state(supervisor, "b"), ChildState::restarting);
  EXPECT_EQ(state(supervisor, "c"), ChildState::running);
  time_to_return("b");
  EXPECT_EQ(journal_->entries(), (Entries{"stop b: " + kBoom, "start b"}));
}

class GroupBackoff : public BackoffTest, public testing::WithParamInterface<Strategy> {};

// catalogue 126
TEST_P(GroupBackoff, StopsTheGroupAtOnceAndStartsItAfterwards) {
  const auto supervisor = start(GetParam(), {child("a"), slow_to_return("b"), child("c")});
  const bool all = GetParam() == Strategy::one_for_all;
  forget_past();
  crash("b");
  EXPECT_EQ(journal_->take(), all ? (Entries{"stop b: " + kBoom, "stop c", "stop a"})
                                  : (Entries{"stop b: " + kBoom, "stop c"}));
  EXPECT_EQ(time_to_return("c"), 100ms);
  EXPECT_EQ(journal_->take(),
            all ? (Entries{"start a", "start b", "start c"}) : (Entries{"start b", "start c"}));
  EXPECT_EQ(counts(supervisor).active, 3);
}

INSTANTIATE_TEST_SUITE_P(Strategies, GroupBackoff,
                         testing::Values(Strategy::one_for_all, Strategy::rest_for_one),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// catalogue 126
TEST_F(BackoffTest, WorksForDynamicChildren) {
  const auto pool = start_dynamic({.intensity = {.intensity = 1000}});
  Pid worker = add(pool, slow_to_return("a"));
  for (const Duration expected : {100ms, 200ms, 400ms}) {
    crash(worker);
    EXPECT_EQ(which(pool)[0].state, ChildState::restarting);
    EXPECT_EQ(time_to_return("a#1"), expected);
    worker = pid("a#1");
  }
}

// -- responsive while waiting --------------------------------------------------------------------

// catalogue 127
TEST_F(BackoffTest, AnswersAtOnceWhileAChildWaits) {
  const auto supervisor = start(Strategy::one_for_one, {slow_to_return("a")});
  crash("a");
  const auto crashed = world_.now();
  EXPECT_EQ(state(supervisor, "a"), ChildState::restarting);
  EXPECT_EQ(world_.call(supervisor, RestartChild{"a"}).error(), Errc::restarting);
  EXPECT_EQ(world_.call(supervisor, StartChild{child("a")}).error(), Errc::already_present);
  must(world_.call(supervisor, TerminateChild{"a"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  EXPECT_EQ(world_.now(), crashed);
  world_.advance(1min);
  EXPECT_EQ(starts("a"), 1) << "the attempt was cancelled";
}

// catalogue 127
TEST_F(BackoffTest, StopsAtOnceWhileAChildWaits) {
  const auto supervisor = start(Strategy::one_for_one, {slow_to_return("a")});
  crash("a");
  const auto crashed = world_.now();
  EXPECT_EQ(must(world_.stop(supervisor.pid())), ExitReason::shutdown());
  EXPECT_EQ(world_.now(), crashed);
  world_.advance(1min);
  EXPECT_EQ(starts("a"), 1);
}

// catalogue 127
TEST_F(BackoffTest, AnswersAtOnceWhileADynamicChildWaits) {
  const auto pool = start_dynamic();
  const Pid worker = add(pool, slow_to_return("a"));
  crash(worker);
  const auto crashed = world_.now();
  EXPECT_EQ(counts(pool), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
  must(world_.call(pool, TerminateChild{worker}));
  EXPECT_EQ(world_.now(), crashed);
  world_.advance(1min);
  EXPECT_EQ(starts("a"), 1);
}

// Not in the catalogue: operators need not wait.
TEST_F(BackoffTest, IsCutShortByAnOperator) {
  const auto supervisor = start(Strategy::one_for_one, {slow_to_return("a")});
  crash("a");
  must(world_.call(supervisor, CycleChild{"a"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  world_.advance(1min);
  EXPECT_EQ(starts("a"), 2) << "the attempt that was due is not made any more";
}

// Not in the catalogue: an attempt that is due means the failure it was made for.
TEST_F(BackoffTest, IsNotCutShortByAnAttemptThatWasOvertaken) {
  const auto supervisor = start(Strategy::one_for_one, {slow_to_return("a")});
  crash("a");  // an attempt is due at 100 ms
  world_.advance(50ms);
  must(world_.call(supervisor, CycleChild{"a"}));
  crash("a");  // the next one is due at 250 ms
  world_.advance(100ms);
  EXPECT_EQ(state(supervisor, "a"), ChildState::restarting);
  EXPECT_EQ(time_to_return("a"), 100ms);
}

}  // namespace
}  // namespace coppice::supervisor
