#include <chrono>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

class SupervisorIntensity : public SupervisionTest {
 protected:
  Ref<Supervisor> start_with(Intensity intensity, std::vector<ChildSpec> children,
                             Strategy strategy = Strategy::one_for_one) {
    return start({{.strategy = strategy, .intensity = intensity}, std::move(children)});
  }

  /// Whether the supervisor has ended as one that gave up.
  [[nodiscard]] bool gave_up(Pid supervisor) {
    return exit_reason(supervisor) == ExitReason::shutdown() &&
           world_.count(EventKind::sup_gave_up) == 1;
  }
};

class Escalation : public SupervisorIntensity, public testing::WithParamInterface<Strategy> {};

// catalogue 29
TEST_P(Escalation, EndsTheSupervisorAndItsOtherChildren) {
  const auto supervisor =
      start_with({.intensity = 4}, {child("before"), child("failing"), child("after")}, GetParam());
  script("failing")->start = Starting::stop;
  crash("failing");
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(starts("failing"), 1 + 4);
  for (const std::string sibling : {"before", "after"}) {
    const bool restarted = starts(sibling) > 1;
    EXPECT_EQ(journal_->count("stop " + sibling), starts(sibling));
    EXPECT_EQ(restarted, GetParam() == Strategy::one_for_all && sibling == "before");
  }
  for (const auto& stats : world_.runtime().all_stats()) {
    ADD_FAILURE() << "still alive: " << to_string(stats.pid);
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, Escalation,
                         testing::Values(Strategy::one_for_one, Strategy::one_for_all,
                                         Strategy::rest_for_one),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// catalogue 29
TEST_F(SupervisorIntensity, EndsADynamicSupervisorAndItsOtherChildren) {
  const auto supervisor = start_dynamic({.intensity = {.intensity = 4}});
  const Pid sibling = add(supervisor, child("sibling"));
  const Pid failing = add(supervisor, child("failing"));
  script("failing")->start = Starting::stop;
  crash(failing);
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(starts("failing"), 1 + 4);
  EXPECT_EQ(exit_reason(sibling), ExitReason::shutdown());
}

// catalogue 33
TEST_F(SupervisorIntensity, ZeroAllowsNoRestartAtAll) {
  const auto supervisor = start_with({.intensity = 0}, {child("a"), child("b")});
  crash("a");
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(starts("a"), 1);
  EXPECT_EQ(journal_->entries().back(), "stop b");
}

// catalogue 34
TEST_F(SupervisorIntensity, AllowsExactlySoManyRestarts) {
  const auto supervisor = start_with({.intensity = 2, .period = 3600s}, {child("a")});
  crash("a");
  crash("a");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  EXPECT_EQ(starts("a"), 3);
  crash("a");
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(starts("a"), 3);
  const auto told = world_.events(EventKind::sup_gave_up);
  EXPECT_EQ(told[0].detail, "reached_max_restart_intensity");
  EXPECT_EQ(told[0].path, "/top/a");
}

// catalogue 35
TEST_F(SupervisorIntensity, CountsARestartExactlyOnePeriodAgo) {
  const auto supervisor = start_with({.intensity = 1, .period = 5s}, {child("a")});
  crash("a");
  world_.advance(5s);
  crash("a");
  EXPECT_TRUE(gave_up(supervisor.pid()));
}

// catalogue 36
TEST_F(SupervisorIntensity, ForgetsARestartLongerAgoThanThePeriod) {
  const auto supervisor = start_with({.intensity = 1, .period = 5s}, {child("a")});
  crash("a");
  world_.advance(5s + 1ns);
  crash("a");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  EXPECT_EQ(starts("a"), 3);
}

// catalogue 37
TEST_F(SupervisorIntensity, ToleratesAnyNumberOfRestartsThatAreFarApart) {
  const auto supervisor = start_with({.intensity = 1, .period = 1s}, {child("a")});
  for (int i = 0; i < 4; ++i) {
    crash("a");
    world_.advance(1001ms);
  }
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  EXPECT_EQ(starts("a"), 5);
}

class FailingRestart : public SupervisorIntensity, public testing::WithParamInterface<int> {};

// catalogue 38
TEST_P(FailingRestart, SpendsOneForEachAttempt) {
  const auto supervisor = start_with({.intensity = GetParam()}, {child("a")});
  script("a")->start = Starting::throws;
  crash("a");
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(starts("a"), 1 + static_cast<std::uint32_t>(GetParam()));
  EXPECT_EQ(world_.count(EventKind::sup_start_error), static_cast<std::size_t>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Intensities, FailingRestart, testing::Values(0, 1, 3));

// catalogue 39
TEST_F(SupervisorIntensity, SpendsOneForAWholeGroup) {
  std::vector<ChildSpec> children;
  for (char name = 'a'; name < 'k'; ++name) children.push_back(child(std::string(1, name)));
  const auto supervisor = start_with({.intensity = 1}, std::move(children), Strategy::one_for_all);
  crash("e");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  EXPECT_EQ(counts(supervisor).active, 10);
  crash("e");
  EXPECT_TRUE(gave_up(supervisor.pid()));
  EXPECT_EQ(world_.events(EventKind::sup_intensity)[0].value, 2) << "one for each crash";
}

// catalogue 40
TEST_F(SupervisorIntensity, IsSharedByAllChildren) {
  const auto supervisor = start_with({.intensity = 2}, {child("a"), child("b"), child("c")});
  crash("a");
  crash("b");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  crash("c");
  EXPECT_TRUE(gave_up(supervisor.pid()));
}

// catalogue 41
TEST_F(SupervisorIntensity, DoesNotCountStartsByAnOperator) {
  const auto supervisor = start_with({.intensity = 0}, {child("a")});
  for (int i = 0; i < 5; ++i) {
    must(world_.call(supervisor, TerminateChild{"a"}));
    must(world_.call(supervisor, RestartChild{"a"}));
  }
  must(world_.call(supervisor, CycleChild{"a"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(starts("a"), 7);
  EXPECT_EQ(world_.count(EventKind::sup_gave_up), 0);
}

}  // namespace
}  // namespace coppice::supervisor
