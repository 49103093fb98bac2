#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

class ReconfigureTest : public SupervisionTest {
 protected:
  Result<void> apply(Ref<Supervisor> supervisor, SupervisorFlags flags,
                     std::vector<ChildSpec> children) {
    return world_.call(supervisor, Reconfigure{flags, std::move(children)});
  }
};

// catalogue 69
TEST_F(ReconfigureTest, KeepsIncarnationsAndAddsNewChildrenStopped) {
  const auto supervisor = start(Strategy::one_for_one, {child("kept"), child("unnamed")});
  const Pid kept = pid("kept");
  const Pid unnamed = pid("unnamed");
  must(apply(supervisor, {}, {child("kept"), child("added")}));
  EXPECT_EQ(pid("kept"), kept);
  EXPECT_EQ(pid("unnamed"), unnamed) << "what is left out stays";
  EXPECT_EQ(state(supervisor, "added"), ChildState::stopped);
  EXPECT_EQ(starts("added"), 0);
  must(world_.call(supervisor, RestartChild{"added"}));
  EXPECT_EQ(state(supervisor, "added"), ChildState::running);
}

// catalogue 69
TEST_F(ReconfigureTest, ActsOnTheNextRestart) {
  const auto supervisor = start(Strategy::one_for_one, {child("a"), child("b")});
  ChildSpec changed = child("a", Restart::temporary);
  changed.shutdown = Shutdown::brutal_kill();
  must(apply(supervisor, {.strategy = Strategy::one_for_all}, {changed}));
  const Pid before = pid("a");
  crash("b");
  EXPECT_EQ(exit_reason(before), ExitReason::killed()) << "the new shutdown";
  EXPECT_EQ(state(supervisor, "a"), std::nullopt) << "the new restart type, in the new group";
  EXPECT_EQ(state(supervisor, "b"), ChildState::running);
}

// catalogue 69
TEST_F(ReconfigureTest, KeepsWhatHasBeenCounted) {
  const auto supervisor = start({{.intensity = {.intensity = 5, .period = 1h}}, {child("a")}});
  crash("a");
  must(apply(supervisor, {.intensity = {.intensity = 1, .period = 1h}}, {}));
  EXPECT_TRUE(world_.alive(supervisor.pid()));
  crash("a");
  EXPECT_EQ(exit_reason(supervisor.pid()), ExitReason::shutdown());
}

// catalogue 69
TEST_F(ReconfigureTest, MeasuresWhatHasBeenCountedByTheNewPeriod) {
  const auto supervisor = start({{.intensity = {.intensity = 1, .period = 1h}}, {child("a")}});
  crash("a");
  must(apply(supervisor, {.intensity = {.intensity = 1, .period = 1s}}, {}));
  world_.advance(2s);
  crash("a");
  EXPECT_TRUE(world_.alive(supervisor.pid()));
}

// catalogue 69
TEST_F(ReconfigureTest, ShowsTheNewSpec) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  must(apply(supervisor, {}, {child("a", Restart::transient)}));
  EXPECT_EQ(must(world_.call(supervisor, GetChildSpec{"a"})).restart, Restart::transient);
  EXPECT_NE(place_->find("a")->snapshot().description.find("transient"), std::string::npos);
}

// catalogue 69
TEST_F(ReconfigureTest, RefusesTheWholeIfAPartIsWrong) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  ChildSpec nameless = child("b");
  nameless.id.clear();
  ChildSpec other_type = child("a");
  other_type.type = ChildType::supervisor;
  const SupervisorFlags wrong{.intensity = {.intensity = -1}};
  EXPECT_EQ(apply(supervisor, wrong, {child("x")}).error(), Errc::invalid_argument);
  EXPECT_EQ(apply(supervisor, {}, {child("x"), nameless}).error(), Errc::invalid_argument);
  EXPECT_EQ(apply(supervisor, {}, {child("x"), child("x")}).error(), Errc::invalid_argument);
  const auto changed_type = apply(supervisor, {}, {child("x"), other_type});
  EXPECT_EQ(changed_type.error(), Errc::invalid_argument);
  EXPECT_NE(changed_type.error().context.find("invalid_child_type"), std::string::npos);
  EXPECT_EQ(counts(supervisor).specs, 1);
}

// catalogue 69
TEST_F(ReconfigureTest, CanMakeATemporaryChildPermanent) {
  const auto supervisor = start(Strategy::one_for_one, {child("a", Restart::temporary)});
  must(apply(supervisor, {}, {child("a")}));
  crash("a");
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(starts("a"), 2);
}

// -- what isn't an order -------------------------------------------------------------------------

struct Junk {};

using UnexpectedMessage = SupervisionTest;

// catalogue 68
TEST_F(UnexpectedMessage, IsReportedAndOtherwiseIgnored) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const auto pool = world_.spawn<DynamicSupervisor>(DynamicFlags{});
  const Pid a = pid("a");
  for (const Pid target : {supervisor.pid(), pool.pid()}) {
    EXPECT_TRUE(actors::send_info(world_.runtime(), target, Junk{}));
    EXPECT_TRUE(world_.alive(target));
  }
  const auto told = world_.events(EventKind::sup_unexpected_message);
  ASSERT_EQ(told.size(), 2);
  EXPECT_EQ(told[0].pid, supervisor.pid());
  EXPECT_NE(told[0].type.find("Junk"), std::string::npos);
  EXPECT_EQ(pid("a"), a);
}

// catalogue 68
TEST_F(UnexpectedMessage, ForAnotherTypeOfActorIsReportedAndRefused) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const auto pool = world_.spawn<DynamicSupervisor>(DynamicFlags{});
  for (const Pid target : {supervisor.pid(), pool.pid()}) {
    const Ref<TestWorker> wrong(world_.runtime(), target);
    EXPECT_TRUE(wrong.cast(TestWorker::Crash{}));
    EXPECT_EQ(world_.call(wrong, TestWorker::Get{}).error(), Errc::wrong_type);
    EXPECT_TRUE(world_.alive(target));
  }
  EXPECT_EQ(world_.count(EventKind::actor_unhandled_info), 4U);
}

// catalogue 68
TEST_F(UnexpectedMessage, MayBeAnExitSignalOfAStranger) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const Pid stranger = world_.spawn<DynamicSupervisor>(DynamicFlags{}).pid();
  actors::send_exit(world_.runtime(), stranger, supervisor.pid(), ExitReason::custom("boom"));
  EXPECT_TRUE(world_.alive(supervisor.pid()));
}

}  // namespace
}  // namespace coppice::supervisor
