#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using actors::Duration;

class SupervisorShutdown : public SupervisionTest {
 protected:
  using SupervisionTest::child;
  ChildSpec child(const std::string& name, Shutdown shutdown) {
    ChildSpec spec = child(name);
    spec.shutdown = shutdown;
    return spec;
  }

  /// Stops the actor, which must end with `shutdown`, and tells how long that took.
  Duration stop(Pid pid, Duration patience = actors::kForever) {
    const auto began = world_.now();
    EXPECT_EQ(must(world_.stop(pid, ExitReason::shutdown(), patience)), ExitReason::shutdown());
    return world_.now() - began;
  }

  /// The reasons of the reported shutdown errors.
  [[nodiscard]] std::vector<ExitReason> shutdown_errors() const {
    std::vector<ExitReason> out;
    for (const auto& seen : world_.events(EventKind::sup_shutdown_error)) {
      out.push_back(seen.reason.value());
    }
    return out;
  }
};

using IgnoredRestart = SupervisionTest;

// catalogue 46
TEST_F(IgnoredRestart, LeavesTheChildStopped) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  script("a")->start = Starting::ignore;
  crash("a");
  world_.advance(1min);
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  EXPECT_EQ(starts("a"), 2) << "it is not tried again";
  EXPECT_EQ(place_->find("a")->state(), actors::Place::State::stopped);
}

// catalogue 47
TEST_F(IgnoredRestart, RemovesADynamicChild) {
  const auto pool = start_dynamic();
  const Pid worker = add(pool, child("a"));
  script("a")->start = Starting::ignore;
  crash(worker);
  EXPECT_EQ(counts(pool), ChildCounts{});
  EXPECT_TRUE(place_->children().empty());
  forget_past();
  EXPECT_EQ(must(world_.stop(pool.pid())), ExitReason::shutdown());
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 48
TEST_F(SupervisorShutdown, WaitsForAsLongAsInfinityTakes) {
  script("deep")->stop_takes = 1h;
  script("flat")->stop_takes = 2h;
  const auto top =
      start(Strategy::one_for_one,
            {supervisor_child("sub", {.children = {child("deep", Shutdown::infinity())}}),
             child("flat", Shutdown::infinity())});
  EXPECT_EQ(stop(top.pid()), 3h);
  EXPECT_EQ(journal_->count("stop deep"), 1);
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 49
TEST_F(SupervisorShutdown, KillsAChildThatIsStillThereAtItsDeadline) {
  script("a")->stop_takes = actors::kForever;
  const auto supervisor = start(Strategy::one_for_one, {child("a", Shutdown::within(100ms))});
  const Pid a = pid("a");
  EXPECT_EQ(stop(supervisor.pid()), 100ms);
  EXPECT_EQ(exit_reason(a), ExitReason::killed());
  EXPECT_EQ(shutdown_errors(), std::vector{ExitReason::killed()});
}

// catalogue 49
TEST_F(SupervisorShutdown, GivesAChildWithoutPatienceNoTimeForWaiting) {
  script("quick")->stop_takes = 0ms;
  script("slow")->stop_takes = 2ms;
  const auto supervisor = start(Strategy::one_for_one, {child("quick", Shutdown::within(0ms)),
                                                        child("slow", Shutdown::within(0ms))});
  const Pid quick = pid("quick");
  const Pid slow = pid("slow");
  EXPECT_LE(stop(supervisor.pid()), 1ms) << "one tick of the timers";
  EXPECT_EQ(exit_reason(quick), ExitReason::shutdown());
  EXPECT_EQ(exit_reason(slow), ExitReason::killed());
}

// catalogue 50
TEST_F(SupervisorShutdown, KillsBrutallyWithoutTheHookAndWithoutAReport) {
  const auto supervisor = start(Strategy::one_for_one, {child("a", Shutdown::brutal_kill())});
  const Pid a = pid("a");
  forget_past();
  stop(supervisor.pid());
  EXPECT_EQ(exit_reason(a), ExitReason::killed());
  EXPECT_EQ(journal_->entries(), Entries{});
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 51
TEST_F(SupervisorShutdown, StopsStaticChildrenOneByOneInReverseOrder) {
  for (const char* name : {"a", "b", "c"}) script(name)->stop_takes = 200ms;
  const auto supervisor = start(Strategy::one_for_one, {child("a"), child("b"), child("c")});
  forget_past();
  EXPECT_EQ(stop(supervisor.pid()), 600ms);
  EXPECT_EQ(journal_->entries(), (Entries{"stop c", "stop b", "stop a"}));
}

// catalogue 52
TEST_F(SupervisorShutdown, StopsDynamicChildrenTogether) {
  const auto pool = start_dynamic();
  for (const char* name : {"a", "b", "c"}) {
    script(name)->stop_takes = 200ms;
    add(pool, child(name));
  }
  EXPECT_EQ(stop(pool.pid()), 200ms);
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 53
TEST_F(SupervisorShutdown, WaitsForTheDeadlinesOfThoseThatHangOnly) {
  const auto pool = start_dynamic();
  add(pool, child("a", Shutdown::within(1s)));
  add(pool, child("b", Shutdown::within(1s)));
  add(pool, child("c", Shutdown::within(400ms)));
  script("c")->stop_takes = actors::kForever;
  EXPECT_EQ(stop(pool.pid()), 400ms);
  EXPECT_EQ(shutdown_errors(), std::vector{ExitReason::killed()});
}

// -- races ---------------------------------------------------------------------------------------

struct Race {
  Restart restart;
  ExitReason reason;
  bool while_stopping;  ///< or just before, so that the supervisor has not heard of it yet
  bool dynamic;
};

std::string name_of(const testing::TestParamInfo<Race>& info) {
  const Race& race = info.param;
  std::string reason = race.reason.to_string();
  std::erase_if(reason, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return std::string(to_string(race.restart)) + "_" + reason +
         (race.while_stopping ? "_meanwhile" : "_before") + (race.dynamic ? "_dynamic" : "_static");
}

std::vector<Race> races() {
  std::vector<Race> out;
  for (const Restart restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    for (const auto& reason : {ExitReason::normal(), ExitReason::shutdown(),
                               ExitReason::shutdown("done"), ExitReason::custom("boom")}) {
      for (const bool meanwhile : {false, true}) {
        for (const bool dynamic : {false, true}) {
          out.push_back({restart, reason, meanwhile, dynamic});
        }
      }
    }
  }
  return out;
}

class ShutdownRace : public SupervisorShutdown, public testing::WithParamInterface<Race> {
 protected:
  /// A supervisor with the racing child "a", and "slow", which takes 100 ms to stop. A static one
  /// stops "slow" first.
  Pid start_supervisor() {
    script("slow")->stop_takes = 100ms;
    ChildSpec racer = child("a", GetParam().restart);
    ChildSpec slow = child("slow");
    if (!GetParam().dynamic) return start(Strategy::one_for_one, {racer, slow}).pid();
    const auto pool = start_dynamic();
    add(pool, racer);
    add(pool, slow);
    return pool.pid();
  }

  [[nodiscard]] Ref<TestWorker> racer() {
    return {world_.runtime(), pid(GetParam().dynamic ? "a#1" : "a")};
  }
};

// catalogue 54
TEST_P(ShutdownRace, IsReportedAsTheChildsReasonDeservesAndRestartsNobody) {
  const Race& race = GetParam();
  const Pid supervisor = start_supervisor();
  forget_past();
  if (race.while_stopping) {
    // A dynamic supervisor tells everybody at once: the end comes in the hook then.
    racer().cast(TestWorker::Sleep{50ms}).ignore();
  }
  racer().cast(TestWorker::End{race.reason}).ignore();
  EXPECT_EQ(stop(supervisor), 100ms);

  const bool told_to_stop = race.while_stopping && race.dynamic;
  const bool plain = race.reason == ExitReason::shutdown() || told_to_stop;
  const bool in_order = race.dynamic && race.reason.kind() == ExitReason::Kind::shutdown;
  const bool accepted =
      plain || in_order || (race.reason.is_clean() && race.restart != Restart::permanent);
  EXPECT_EQ(shutdown_errors(), accepted ? std::vector<ExitReason>{} : std::vector{race.reason});
  EXPECT_EQ(world_.count(EventKind::sup_child_terminated), 0);
  EXPECT_EQ(starts("a"), 1);
}

INSTANTIATE_TEST_SUITE_P(Matrix, ShutdownRace, testing::ValuesIn(races()), name_of);

/// Ends with `normal` when it is told to shut down.
class NormalEnd final : public actors::Server<NormalEnd> {
 public:
  void terminate(const ExitReason& /*reason*/) {
    throw actors::ExitException(ExitReason::normal());
  }
};

// catalogue 55
TEST_F(SupervisorShutdown, ReportsAPermanentChildThatEndsNormally) {
  const auto supervisor = start(Strategy::one_for_one, {worker<NormalEnd>("a")});
  stop(supervisor.pid());
  EXPECT_EQ(shutdown_errors(), std::vector{ExitReason::normal()});
  EXPECT_EQ(world_.count(EventKind::sup_restart), 0);
}

// catalogue 55
TEST_F(SupervisorShutdown, AcceptsATransientChildThatEndsNormally) {
  ChildSpec spec = worker<NormalEnd>("a");
  spec.restart = Restart::transient;
  const auto supervisor = start(Strategy::one_for_one, {spec});
  stop(supervisor.pid());
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 56
TEST_F(SupervisorShutdown, DoesNotWaitInVainForAChildThatUnlinkedItself) {
  ChildSpec spec = child("a");
  spec.options.link = true;
  const auto supervisor = start(Strategy::one_for_one, {spec});
  tell(pid("a"), TestWorker::Unlink{supervisor.pid()});
  must(world_.call(supervisor, TerminateChild{"a"}));
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
}

// Not in the catalogue: a supervisor outlives those it is linked to.
TEST_F(SupervisorShutdown, IsNotTornDownByALinkedChild) {
  ChildSpec spec = child("a");
  spec.options.link = true;
  const auto supervisor = start(Strategy::one_for_one, {spec});
  crash("a");
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  EXPECT_EQ(world_.count(EventKind::actor_unhandled_info), 0);
}

// catalogue 57
TEST_F(SupervisorShutdown, TakesItsChildrenAlongWhenItIsKilled) {
  const auto supervisor = start(Strategy::one_for_one, {child("a", Shutdown::within(1s))});
  const auto pool = world_.spawn<DynamicSupervisor>(DynamicFlags{});
  const Pid a = pid("a");
  const Pid b = add(pool, child("b"));
  forget_past();
  world_.kill(supervisor.pid());
  world_.kill(pool.pid());
  EXPECT_EQ(exit_reason(a), ExitReason::killed());
  EXPECT_EQ(exit_reason(b), ExitReason::killed());
  EXPECT_EQ(journal_->entries(), (Entries{"stop a: killed", "stop b: killed"}));
}

/// Starts a supervisor below itself, and ends when it is told to.
class Parent final : public actors::Server<Parent> {
 public:
  struct Leave {};

  explicit Parent(SupervisorSpec spec) : spec_(std::move(spec)) {}
  actors::Task<void> init() {
    actors::SpawnOptions options;
    const auto child = co_await start<Supervisor>(std::move(options), spec_);
    child_ = child.value().pid();
  }
  void handle(Leave /*message*/) { stop(); }

  struct Child {
    using Reply = Pid;
  };
  [[nodiscard]] Pid handle(Child /*message*/) const { return child_; }

 private:
  SupervisorSpec spec_;
  Pid child_;
};

// catalogue 58
TEST_F(SupervisorShutdown, EndsNormallyAfterAParentThatDid) {
  const auto parent = world_.spawn<Parent>(SupervisorSpec{.children = {child("a"), child("b")}});
  const Pid supervisor = must(world_.call(parent, Parent::Child{}));
  forget_past();
  world_.cast(parent, Parent::Leave{}).ignore();
  world_.run();
  EXPECT_EQ(exit_reason(parent.pid()), ExitReason::normal());
  EXPECT_EQ(exit_reason(supervisor), ExitReason::normal());
  EXPECT_EQ(journal_->entries(), (Entries{"stop b", "stop a"}));
}

// catalogue 59
TEST_F(SupervisorShutdown, PassesTheRestOfItsTimeDown) {
  script("hangs")->stop_takes = actors::kForever;
  const auto top =
      start(Strategy::one_for_one,
            {supervisor_child("sub", {.children = {child("first", Shutdown::within(1s)),
                                                   child("hangs", Shutdown::within(1s))}})});
  const Pid hangs = pid("sub/hangs");
  const Pid sub = pid("sub");
  EXPECT_LE(stop(top.pid(), 300ms), 300ms);
  EXPECT_EQ(exit_reason(hangs), ExitReason::killed());
  EXPECT_EQ(exit_reason(sub), ExitReason::shutdown()) << "it had time left to end in order";
  EXPECT_EQ(journal_->count("stop first"), 1);
}

}  // namespace
}  // namespace coppice::supervisor
