#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using SupervisorStrategy = SupervisionTest;

// catalogue 21
TEST_F(SupervisorStrategy, OneForOneRestartsOnlyTheFailedChild) {
  start(Strategy::one_for_one, {child("a"), child("b")});
  const Pid a = pid("a");
  const Pid b = pid("b");
  crash("a");
  EXPECT_NE(pid("a"), a);
  EXPECT_EQ(pid("b"), b);
  EXPECT_EQ(journal_->take(), (Entries{"start a", "start b", "stop a: " + kBoom, "start a"}));
}

// catalogue 22
TEST_F(SupervisorStrategy, OneForAllRestartsAll) {
  start(Strategy::one_for_all, {child("a"), child("b")});
  const Pid a = pid("a");
  const Pid b = pid("b");
  crash("a");
  EXPECT_NE(pid("a"), a);
  EXPECT_NE(pid("b"), b);
  EXPECT_EQ(exit_reason(b), ExitReason::shutdown());
  EXPECT_EQ(reports(), (Entries{"actor.crash /top/a", "sup.child_terminated /top/a"}))
      << "b was stopped, it did not fail";
}

// catalogue 23
TEST_F(SupervisorStrategy, RestForOneRestartsTheFailedChildAndThoseAfterIt) {
  start(Strategy::rest_for_one, {child("a"), child("b"), child("c")});
  const Pid a = pid("a");
  const Pid b = pid("b");
  const Pid c = pid("c");
  forget_past();
  crash("b");
  EXPECT_EQ(pid("a"), a);
  EXPECT_NE(pid("b"), b);
  EXPECT_NE(pid("c"), c);
  EXPECT_EQ(journal_->take(), (Entries{"stop b: " + kBoom, "stop c", "start b", "start c"}));
}

// catalogue 24
TEST_F(SupervisorStrategy, StopsAGroupInReverseAndStartsItInOrder) {
  start(Strategy::rest_for_one, {child("a"), child("b"), child("c"), child("d"), child("e")});
  forget_past();
  crash("c");
  EXPECT_EQ(journal_->take(),
            (Entries{"stop c: " + kBoom, "stop e", "stop d", "start c", "start d", "start e"}));
}

class ScatteredGroup : public SupervisionTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  ScatteredGroup()
      : SupervisionTest(
            {.shards = 3, .order = actors::testkit::Order::random, .seed = GetParam()}) {}
};

// catalogue 24
TEST_P(ScatteredGroup, KeepsTheOrderAcrossShards) {
  std::vector<ChildSpec> children;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    children.push_back(child(name));
    children.back().options.placement =
        actors::Placement::shard(static_cast<std::uint32_t>(children.size() % 3));
  }
  start(Strategy::rest_for_one, std::move(children));
  forget_past();
  crash("c");
  EXPECT_EQ(journal_->take(),
            (Entries{"stop c: " + kBoom, "stop e", "stop d", "start c", "start d", "start e"}));
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScatteredGroup,
                         testing::Range(std::uint64_t{1}, std::uint64_t{11}));

class GroupStrategy : public SupervisionTest, public testing::WithParamInterface<Strategy> {};

// catalogue 25
TEST_P(GroupStrategy, ForgetsATemporaryBystander) {
  const auto supervisor = start(GetParam(), {child("a"), child("b", Restart::temporary)});
  const Pid b = pid("b");
  end("a", ExitReason::normal());
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(exit_reason(b), ExitReason::shutdown());
  EXPECT_EQ(state(supervisor, "b"), std::nullopt);
  EXPECT_EQ(starts("b"), 1);
}

// catalogue 25
TEST_P(GroupStrategy, ForgetsATemporaryFirstChild) {
  const auto supervisor =
      start(GetParam(), {child("t", Restart::temporary), child("a"), child("b")});
  crash("a");
  const bool touched = GetParam() == Strategy::one_for_all;
  EXPECT_EQ(state(supervisor, "t").has_value(), !touched);
  EXPECT_EQ(starts("a"), 2);
  EXPECT_EQ(starts("b"), 2);
}

// Not in the catalogue: children that fail together are restarted together, once.
TEST_P(GroupStrategy, RestartsOnceWhenSeveralFailAtTheSameTime) {
  const auto supervisor = start({{.strategy = GetParam(), .intensity = {.intensity = 1}},
                                 {child("a"), child("b"), child("c")}});
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(Ref<TestWorker>(world_.runtime(), pid(name)).cast(TestWorker::Crash{}));
  }
  world_.run();
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(starts(name), 2) << name;
}

INSTANTIATE_TEST_SUITE_P(Strategies, GroupStrategy,
                         testing::Values(Strategy::one_for_all, Strategy::rest_for_one),
                         [](const auto& info) { return std::string(to_string(info.param)); });

// catalogue 26
TEST_F(SupervisorStrategy, RevivesStoppedChildrenOfTheGroup) {
  const auto supervisor =
      start(Strategy::one_for_all, {child("a"), child("b"), child("c", Restart::transient)});
  must(world_.call(supervisor, TerminateChild{"b"}));
  end("c", ExitReason::normal());
  ASSERT_EQ(counts(supervisor).active, 1);
  crash("a");
  EXPECT_EQ(counts(supervisor).active, 3);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(state(supervisor, name), ChildState::running) << name;
  }
}

// catalogue 27
TEST_F(SupervisorStrategy, OneForAllBeginsAgainWhenAnotherChildFailsToRestart) {
  const auto supervisor = start(Strategy::one_for_all, {child("a"), child("b")});
  script("b")->next_starts = {Starting::stop};
  forget_past();
  crash("a");
  EXPECT_EQ(journal_->take(), (Entries{"stop a: " + kBoom, "stop b", "start a", "start b", "stop a",
                                       "start a", "start b"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(state(supervisor, "b"), ChildState::running);
}

// catalogue 28
TEST_F(SupervisorStrategy, RestForOneGoesOnFromTheChildThatFailsToRestart) {
  start(Strategy::rest_for_one, {child("a"), child("b"), child("c"), child("d")});
  const Pid a = pid("a");
  script("c")->next_starts = {Starting::stop, Starting::throws};
  forget_past();
  crash("b");
  EXPECT_EQ(journal_->take(), (Entries{"stop b: " + kBoom, "stop d", "stop c", "start b", "start c",
                                       "start c", "start c", "start d"}));
  EXPECT_EQ(pid("a"), a);
  EXPECT_TRUE(world_.alive(pid("d")));
}

}  // namespace
}  // namespace coppice::supervisor
