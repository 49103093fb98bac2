#include <chrono>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

// A start that fails takes 10 ms here, so that orders come in while one is under way.
class RestartLoop : public SupervisionTest {
 protected:
  void fail_slowly(const std::string& name) {
    script(name)->start = Starting::stop;
    script(name)->start_takes = 10ms;
  }

  /// A supervisor in whose group "b" fails to restart, again and again.
  Ref<Supervisor> looping(Strategy strategy) {
    const auto supervisor = start(strategy, {child("a"), child("b"), child("c")});
    fail_slowly("b");
    crash("b");
    return supervisor;
  }
};

// catalogue 42
TEST_F(RestartLoop, LeavesTheSupervisorAnswering) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  fail_slowly("a");
  crash("a");
  const auto seen = info(supervisor, "a");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, ChildState::restarting);
  EXPECT_FALSE(seen->pid);
  EXPECT_EQ(world_.call(supervisor, StartChild{child("a")}).error(), Errc::already_present);
  EXPECT_EQ(world_.call(supervisor, RestartChild{"a"}).error(), Errc::restarting);
  EXPECT_EQ(world_.call(supervisor, DeleteChild{"a"}).error(), Errc::restarting);
  EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
  EXPECT_EQ(starts("a"), 1 + 5) << "one attempt between two answers";
}

TEST_F(RestartLoop, ReportsWhichIncarnationFailed) {
  start(Strategy::one_for_one, {child("a")});
  script("a")->next_starts = {Starting::throws};
  crash("a");
  const auto crashes = world_.events(EventKind::actor_crash);
  ASSERT_EQ(crashes.size(), 2U);
  EXPECT_EQ(crashes[0].crash->incarnation, 1U);
  EXPECT_EQ(crashes[1].crash->incarnation, 2U) << "it would have been the second";
}

class GroupRestartLoop : public RestartLoop, public testing::WithParamInterface<Strategy> {};

// catalogue 43
TEST_P(GroupRestartLoop, EndsWhenTheChildIsTerminated) {
  const auto supervisor = looping(GetParam());
  must(world_.call(supervisor, TerminateChild{"b"}));
  EXPECT_EQ(state(supervisor, "b"), ChildState::stopped);
  const auto attempts = starts("b");
  world_.advance(1s);
  EXPECT_EQ(starts("b"), attempts);
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(place_->find("b")->state(), actors::Place::State::stopped);
}

// catalogue 43
TEST_P(GroupRestartLoop, LeavesNobodyWaitingForAGroupThatDoesNotComeBack) {
  const auto supervisor = looping(GetParam());
  const bool waited = state(supervisor, "c") == ChildState::stopped;
  EXPECT_EQ(waited, GetParam() != Strategy::one_for_one);
  EXPECT_EQ(place_->find("c")->state(),
            waited ? actors::Place::State::restarting : actors::Place::State::running);
  must(world_.call(supervisor, TerminateChild{"b"}));
  EXPECT_EQ(place_->find("c")->state(),
            waited ? actors::Place::State::stopped : actors::Place::State::running);
}

// catalogue 44
TEST_P(GroupRestartLoop, DoesNotHoldUpTheSupervisorsEnd) {
  const auto supervisor = looping(GetParam());
  script("b")->start_takes = 1h;
  world_.advance(90min);
  ASSERT_GT(starts("b"), 2);
  const Time asked = world_.now();
  EXPECT_EQ(must(world_.stop(supervisor.pid())), ExitReason::shutdown());
  EXPECT_EQ(world_.now(), asked);
  EXPECT_EQ(journal_->entries().back(), "stop a");
}

// Not in the catalogue: the same while the group waits for a back-off to pass.
TEST_P(GroupRestartLoop, EndsWhenTheChildIsTerminatedDuringItsBackoff) {
  auto b = child("b");
  b.backoff = Backoff{.min = 1s};
  const auto supervisor = start(GetParam(), {child("a"), b, child("c")});
  crash("b");
  EXPECT_EQ(state(supervisor, "b"), ChildState::restarting);
  EXPECT_TRUE(place_->find("b")->snapshot().next_attempt_at);
  must(world_.call(supervisor, TerminateChild{"b"}));
  world_.advance(1min);
  EXPECT_EQ(starts("b"), 1);
  EXPECT_FALSE(place_->find("b")->snapshot().next_attempt_at);
  for (const char* name : {"a", "b", "c"}) {
    const auto seen = info(supervisor, name);
    const auto place_state = place_->find(name)->state();
    EXPECT_EQ(place_state,
              seen->pid ? actors::Place::State::running : actors::Place::State::stopped);
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, GroupRestartLoop,
                         testing::Values(Strategy::one_for_one, Strategy::one_for_all,
                                         Strategy::rest_for_one),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// catalogue 44
TEST_F(RestartLoop, DoesNotHoldUpADynamicSupervisorsEnd) {
  const auto supervisor = start_dynamic({.intensity = {.intensity = 1000}});
  const Pid failing = add(supervisor, child("a"));
  fail_slowly("a");
  script("a")->start_takes = 1h;
  crash(failing);
  world_.advance(90min);
  ASSERT_EQ(starts("a"), 3);
  const Time asked = world_.now();
  EXPECT_EQ(must(world_.stop(supervisor.pid())), ExitReason::shutdown());
  EXPECT_EQ(world_.now(), asked);
}

// catalogue 45
TEST_F(RestartLoop, EndsWhenTheChildComesUp) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  script("a")->start_takes = 10ms;
  script("a")->next_starts = {Starting::stop, Starting::throws, Starting::stop};
  crash("a");
  for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
    EXPECT_EQ(starts("a"), 1 + attempt);
  }
  EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 1, .active = 1, .workers = 1}));
  EXPECT_EQ(starts("a"), 5);
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  world_.advance(1s);
  EXPECT_EQ(starts("a"), 5);
}

// Not in the catalogue: a loop may go on for a long time.
TEST_F(RestartLoop, LeavesNothingOfItsFailedAttempts) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  script("a")->next_starts = {Starting::stop, Starting::throws, Starting::ignore};
  crash("a");
  must(world_.call(supervisor, RestartChild{"a"}));
  std::vector<Pid> children;
  must(world_.runtime().inspect(supervisor.pid(),
                                [&children](actors::Cell& cell) { children = cell.children(); }));
  EXPECT_EQ(children, std::vector<Pid>{pid("a")});
}

}  // namespace
}  // namespace coppice::supervisor
