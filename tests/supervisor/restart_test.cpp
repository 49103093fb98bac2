#include <chrono>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

struct OwnEnd {
  std::string name;
  ExitReason reason;
};

const auto kNameOf = [](const auto& info) { return info.param.name; };

class PermanentChild : public SupervisionTest, public testing::WithParamInterface<OwnEnd> {};

// catalogue 17
TEST_P(PermanentChild, IsRestartedWhateverItsReason) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const Pid before = pid("a");
  end("a", GetParam().reason);
  EXPECT_EQ(exit_reason(before), GetParam().reason);
  EXPECT_NE(pid("a"), before);
  EXPECT_EQ(info(supervisor, "a")->pid, pid("a"));
  EXPECT_TRUE(world_.alive(pid("a")));
  const auto reported = world_.events(EventKind::sup_child_terminated);
  ASSERT_EQ(reported.size(), 1);
  EXPECT_EQ(reported[0].pid, before);
  EXPECT_EQ(reported[0].detail, "restart");
  EXPECT_EQ(reported[0].reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(Reasons, PermanentChild,
                         testing::Values(OwnEnd{"Normal", ExitReason::normal()},
                                         OwnEnd{"Shutdown", ExitReason::shutdown()},
                                         OwnEnd{"ShutdownDetail", ExitReason::shutdown("done")},
                                         OwnEnd{"Abnormal", ExitReason::custom("boom")}),
                         kNameOf);

class TransientChildEndsCleanly : public SupervisionTest,
                                  public testing::WithParamInterface<OwnEnd> {};

// catalogue 18
TEST_P(TransientChildEndsCleanly, StaysStoppedUnreportedAndUncounted) {
  const auto supervisor =
      start({{.intensity = {.intensity = 0}}, {child("a", Restart::transient), child("b")}});
  const Pid b = pid("b");
  end("a", GetParam().reason);
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  EXPECT_EQ(pid("b"), b);
  EXPECT_EQ(starts("a"), 1);
  EXPECT_EQ(reports(), Entries{});
}

INSTANTIATE_TEST_SUITE_P(Reasons, TransientChildEndsCleanly,
                         testing::Values(OwnEnd{"Normal", ExitReason::normal()},
                                         OwnEnd{"Shutdown", ExitReason::shutdown()},
                                         OwnEnd{"ShutdownDetail", ExitReason::shutdown("done")}),
                         kNameOf);

using TransientChild = SupervisionTest;

// catalogue 19
TEST_F(TransientChild, IsRestartedAfterACrash) {
  const auto supervisor = start(Strategy::one_for_one, {child("a", Restart::transient)});
  const Pid before = pid("a");
  crash("a");
  EXPECT_EQ(exit_reason(before)->to_string(), kBoom);
  EXPECT_NE(pid("a"), before);
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
}

// catalogue 19
TEST_F(TransientChild, IsRestartedAfterAKill) {
  const auto supervisor = start(Strategy::one_for_one, {child("a", Restart::transient)});
  const Pid before = pid("a");
  world_.kill(before);
  EXPECT_EQ(exit_reason(before), ExitReason::killed());
  EXPECT_NE(pid("a"), before);
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
}

class TemporaryChild : public SupervisionTest, public testing::WithParamInterface<OwnEnd> {};

// catalogue 20
TEST_P(TemporaryChild, IsForgottenWhateverItsReason) {
  const auto supervisor =
      start({{.intensity = {.intensity = 0}}, {child("a", Restart::temporary), child("b")}});
  const Pid before = pid("a");
  end("a", GetParam().reason);
  EXPECT_EQ(state(supervisor, "a"), std::nullopt);
  EXPECT_FALSE(place_->find("a"));
  EXPECT_EQ(starts("a"), 1);
  EXPECT_EQ(state(supervisor, "b"), ChildState::running);
  const auto reported = world_.events(EventKind::sup_child_terminated);
  ASSERT_EQ(reported.size(), GetParam().reason.is_clean() ? 0 : 1);
  if (reported.empty()) return;
  EXPECT_EQ(reported[0].pid, before);
  EXPECT_EQ(reported[0].detail, "forget");
}

INSTANTIATE_TEST_SUITE_P(Reasons, TemporaryChild,
                         testing::Values(OwnEnd{"Normal", ExitReason::normal()},
                                         OwnEnd{"Shutdown", ExitReason::shutdown()},
                                         OwnEnd{"Abnormal", ExitReason::custom("boom")}),
                         kNameOf);

using NestedRestart = SupervisionTest;

// catalogue 30
TEST_F(NestedRestart, BringsBackWhatTheSpecsNameAndNothingElse) {
  const auto root = start(Strategy::one_for_all,
                          {supervisor_child("fixed", {{}, {child("w")}}),
                           dynamic_supervisor_child("pool", {.intensity = {.intensity = 1}})});
  const Ref<DynamicSupervisor> pool(world_.runtime(), pid("pool"));
  const Ref<Supervisor> fixed(world_.runtime(), pid("fixed"));
  add(fixed, child("added"));
  add(pool, child("bystander"));
  const Pid w = pid("fixed/w");
  const Pid grandchild = add(pool, child("g"));

  crash(grandchild);
  EXPECT_EQ(counts(pool).active, 2) << "the first crash is tolerated";
  crash("pool/g#2");

  EXPECT_EQ(exit_reason(pool.pid()), ExitReason::shutdown());
  EXPECT_EQ(exit_reason(w), ExitReason::shutdown());
  EXPECT_EQ(state(root, "pool"), ChildState::running);
  EXPECT_NE(pid("pool"), pool.pid());
  EXPECT_TRUE(world_.alive(pid("fixed/w")));
  EXPECT_NE(pid("fixed/w"), w);
  const Ref<DynamicSupervisor> new_pool(world_.runtime(), pid("pool"));
  EXPECT_EQ(counts(new_pool), ChildCounts{});
  EXPECT_TRUE(place_->find("pool")->children().empty());
  EXPECT_FALSE(place_->find("fixed/added")) << "nobody will start it there again";
}

// Not in the catalogue: a supervisor that is killed can't tidy up after itself.
TEST_F(NestedRestart, LeavesNoPlacesOfAKilledSupervisorBehind) {
  start(Strategy::one_for_one,
        {supervisor_child("fixed", {{}, {child("w")}}), dynamic_supervisor_child("pool")});
  add(Ref<Supervisor>(world_.runtime(), pid("fixed")), child("added"));
  add(Ref<DynamicSupervisor>(world_.runtime(), pid("pool")), child("g"));
  world_.kill(pid("fixed"));
  world_.kill(pid("pool"));
  EXPECT_TRUE(world_.alive(pid("fixed/w")));
  EXPECT_FALSE(place_->find("fixed/added"));
  EXPECT_TRUE(place_->find("pool")->children().empty());
}

// Not in the catalogue: an address holds on while the supervisor above it has trouble coming back.
TEST_F(NestedRestart, KeepsAddressesThroughAFailedRestartOfTheSupervisor) {
  start(Strategy::one_for_one,
        {supervisor_child("sub", {{}, {child("a"), child("b"), child("c")}})});
  const actors::ChildRef<TestWorker> a(world_.runtime(), place_->find("sub/a"));
  const actors::ChildRef<TestWorker> b(world_.runtime(), place_->find("sub/b"));
  script("b")->next_starts = {Starting::stop};
  script("b")->start_takes = 10ms;
  world_.kill(pid("sub"));
  ASSERT_EQ(starts("b"), 2) << "its restart is under way";
  EXPECT_EQ(must(world_.call(a, TestWorker::Get{})), 2);
  EXPECT_EQ(world_.call(b, TestWorker::Get{}).error(), Errc::restarting);
  world_.advance(10ms);
  ASSERT_EQ(starts("b"), 3) << "it has failed once and is under way again";
  EXPECT_EQ(world_.call(b, TestWorker::Get{}).error(), Errc::restarting);
  world_.advance(10ms);
  EXPECT_EQ(must(world_.call(a, TestWorker::Get{})), 3);
  EXPECT_EQ(must(world_.call(b, TestWorker::Get{})), 3);
  EXPECT_EQ(a.epoch(), 3);
}

// catalogue 31
TEST_F(NestedRestart, LeavesATransientSupervisorDownThatGaveUpAndSaysSo) {
  auto sub =
      supervisor_child("sub", {{.intensity = {.intensity = 0}}, {child("a"), child("sibling")}});
  sub.restart = Restart::transient;
  const auto root = start(Strategy::one_for_one, {sub});
  const Pid before = pid("sub");
  crash("sub/a");
  EXPECT_EQ(exit_reason(before), ExitReason::shutdown());
  EXPECT_EQ(state(root, "sub"), ChildState::stopped);
  EXPECT_EQ(starts("sibling"), 1);
  const auto told = world_.events(EventKind::sup_unrestarted_supervisor);
  ASSERT_EQ(told.size(), 1);
  EXPECT_EQ(told[0].path, "/top/sub");
  EXPECT_EQ(place_->find("sub/a")->state(), actors::Place::State::stopped);
}

// catalogue 32
TEST_F(NestedRestart, RestartsAPermanentSupervisorThatGaveUpAtThePriceOfOne) {
  const auto root = start({{.intensity = {.intensity = 1}},
                           {supervisor_child("sub", {{.intensity = {.intensity = 0}},
                                                     {child("a"), child("sibling")}})}});
  const Pid before = pid("sub");
  crash("sub/a");
  EXPECT_NE(pid("sub"), before);
  EXPECT_TRUE(world_.alive(pid("sub/a")));
  EXPECT_EQ(state(root, "sub"), ChildState::running);
  crash("sub/a");
  EXPECT_EQ(exit_reason(root.pid()), ExitReason::shutdown());
}

}  // namespace
}  // namespace coppice::supervisor
