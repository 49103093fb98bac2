#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

class AutoShutdownTest : public SupervisionTest {
 protected:
  ChildSpec significant(const std::string& name, Restart restart) {
    ChildSpec spec = child(name, restart);
    spec.significant = true;
    return spec;
  }

  Ref<Supervisor> start_with(AutoShutdown when, std::vector<ChildSpec> children,
                             Strategy strategy = Strategy::one_for_one) {
    return start(SupervisorSpec{
        {.strategy = strategy, .intensity = {.intensity = 1000}, .auto_shutdown = when},
        std::move(children)});
  }

  /// Whether the supervisor has ended as auto_shutdown says: cleanly, its children before it.
  [[nodiscard]] bool has_shut_down(Pid supervisor) {
    return exit_reason(supervisor) == ExitReason::shutdown() &&
           world_.count(EventKind::sup_auto_shutdown) == 1;
  }
};

class AnySignificantTemporary : public AutoShutdownTest,
                                public testing::WithParamInterface<ExitReason> {};

// catalogue 70
TEST_P(AnySignificantTemporary, EndsTheSupervisorAndStopsItsOtherChildren) {
  const auto supervisor =
      start_with(AutoShutdown::any_significant,
                 {child("before"), significant("a", Restart::temporary), child("after")});
  forget_past();
  end("a", GetParam());
  EXPECT_TRUE(has_shut_down(supervisor.pid()));
  EXPECT_EQ(journal_->count("stop after"), 1);
  EXPECT_EQ(journal_->count("stop before"), 1);
  EXPECT_EQ(starts("a"), 1);
}

INSTANTIATE_TEST_SUITE_P(Reasons, AnySignificantTemporary,
                         testing::Values(ExitReason::normal(), ExitReason::shutdown(),
                                         ExitReason::custom("boom")),
                         [](const auto& info) {
                           return std::string(to_string(info.param.kind()));
                         });

// catalogue 70
TEST_F(AutoShutdownTest, FollowsAKilledTemporaryChild) {
  const auto supervisor =
      start_with(AutoShutdown::any_significant, {significant("a", Restart::temporary), child("b")});
  world_.kill(pid("a"));
  EXPECT_TRUE(has_shut_down(supervisor.pid()));
}

// catalogue 71
TEST_F(AutoShutdownTest, RestartsATransientChildUntilItEndsCleanly) {
  const auto supervisor =
      start_with(AutoShutdown::any_significant, {significant("a", Restart::transient), child("b")});
  crash("a");
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(starts("a"), 2);
  end("a", ExitReason::normal());
  EXPECT_TRUE(has_shut_down(supervisor.pid()));
}

// catalogue 72
TEST_F(AutoShutdownTest, WaitsForTheLastSignificantChildIfAllCount) {
  const auto supervisor = start_with(
      AutoShutdown::all_significant,
      {significant("a", Restart::transient), significant("b", Restart::temporary), child("c")});
  end("a", ExitReason::normal());
  EXPECT_EQ(state(supervisor, "b"), ChildState::running);
  end("b", ExitReason::custom("boom"));
  EXPECT_TRUE(has_shut_down(supervisor.pid()));
}

// catalogue 72
TEST_F(AutoShutdownTest, CountsASignificantChildThatIsBeingRestarted) {
  ChildSpec failing = significant("a", Restart::transient);
  failing.backoff = Backoff{.jitter = 0};
  const auto supervisor =
      start_with(AutoShutdown::all_significant, {failing, significant("b", Restart::temporary)});
  crash("a");
  end("b", ExitReason::normal());
  EXPECT_EQ(state(supervisor, "a"), ChildState::restarting);
  EXPECT_TRUE(world_.alive(supervisor.pid()));
}

// catalogue 73
TEST_F(AutoShutdownTest, IsNotTriggeredByAnOperator) {
  const auto supervisor =
      start_with(AutoShutdown::any_significant,
                 {significant("a", Restart::transient), significant("b", Restart::temporary)});
  must(world_.call(supervisor, TerminateChild{"a"}));
  must(world_.call(supervisor, TerminateChild{"b"}));
  EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
}

// catalogue 73
TEST_F(AutoShutdownTest, CountsChildrenStoppedByAnOperatorAsGone) {
  const auto supervisor =
      start_with(AutoShutdown::all_significant,
                 {significant("a", Restart::transient), significant("b", Restart::temporary)});
  must(world_.call(supervisor, TerminateChild{"a"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  end("b", ExitReason::normal());
  EXPECT_TRUE(has_shut_down(supervisor.pid()));
}

class AutoShutdownBystander : public AutoShutdownTest,
                              public testing::WithParamInterface<Strategy> {};

// catalogue 74
TEST_P(AutoShutdownBystander, MayBeStoppedWithItsGroup) {
  const auto supervisor =
      start_with(AutoShutdown::any_significant,
                 {child("crashes"), significant("transient", Restart::transient),
                  significant("temporary", Restart::temporary)},
                 GetParam());
  crash("crashes");
  EXPECT_EQ(state(supervisor, "crashes"), ChildState::running);
  EXPECT_EQ(state(supervisor, "transient"), ChildState::running);
  EXPECT_EQ(state(supervisor, "temporary"), std::nullopt) << "the group's stop removes it";
  EXPECT_EQ(world_.count(EventKind::sup_auto_shutdown), 0);
}

INSTANTIATE_TEST_SUITE_P(Strategies, AutoShutdownBystander,
                         testing::Values(Strategy::one_for_all, Strategy::rest_for_one),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// A ⊃ B ⊃ C, where C is significant to B.
class AutoShutdownChain : public AutoShutdownTest, public testing::WithParamInterface<bool> {};

// catalogue 75
TEST_P(AutoShutdownChain, GoesAsFarUpAsChildrenAreSignificant) {
  ChildSpec b = supervisor_child("B", {{.auto_shutdown = AutoShutdown::any_significant},
                                       {significant("C", Restart::transient)}});
  b.restart = Restart::transient;
  b.significant = GetParam();
  const auto a = start_with(AutoShutdown::any_significant, {b, child("sibling")});
  const Pid before = pid("B");
  end("B/C", ExitReason::normal());
  EXPECT_EQ(exit_reason(before), ExitReason::shutdown());
  EXPECT_EQ(world_.alive(a.pid()), !b.significant);
  if (!b.significant) return;
  EXPECT_EQ(exit_reason(a.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->count("stop sibling"), 1);
}

INSTANTIATE_TEST_SUITE_P(Links, AutoShutdownChain, testing::Bool(), [](const auto& info) {
  return info.param ? "Significant" : "Insignificant";
});

// catalogue 76
TEST_F(AutoShutdownTest, IsNothingForDynamicChildren) {
  const auto pool = start_dynamic();
  const auto refused = world_.call(pool, StartChild{significant("a", Restart::temporary)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::invalid_argument);
  EXPECT_NE(refused.error().context.find("bad_combination"), std::string::npos);
  EXPECT_EQ(starts("a"), 0);
}

}  // namespace
}  // namespace coppice::supervisor
