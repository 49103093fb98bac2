#include "supervisor/dynamic_supervisor.hpp"

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using DynamicSupervisorTest = SupervisionTest;

/// A supervisor that tolerates many restarts.
DynamicFlags patient() { return {.intensity = {.intensity = 1000}}; }

// -- how many ------------------------------------------------------------------------------------

// catalogue 77
TEST_F(DynamicSupervisorTest, RefusesMoreChildrenThanItMayHaveBeforeMakingThem) {
  const auto pool = start_dynamic({.max_children = 1});
  const Pid first = add(pool, child("a"));
  EXPECT_EQ(world_.call(pool, StartChild{child("b")}).error(), Errc::max_children);
  EXPECT_EQ(starts("b"), 0);
  must(world_.call(pool, TerminateChild{first}));
  add(pool, child("b"));
}

// catalogue 77
TEST_F(DynamicSupervisorTest, MayHaveNoChildrenAtAll) {
  const auto pool = start_dynamic({.max_children = 0});
  EXPECT_EQ(world_.call(pool, StartChild{child("a")}).error(), Errc::max_children);
  EXPECT_EQ(starts("a"), 0);
}

// catalogue 78
TEST_F(DynamicSupervisorTest, CountsChildrenThatAreBeingRestarted) {
  const auto pool = start_dynamic({.intensity = {.intensity = 1000}, .max_children = 1});
  const Pid worker = add(pool, child("a"));
  script("a")->start = Starting::stop;
  script("a")->start_takes = std::chrono::milliseconds(1);
  crash(worker);
  ASSERT_EQ(counts(pool), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
  EXPECT_EQ(world_.call(pool, StartChild{child("b")}).error(), Errc::max_children);
}

// -- arguments -----------------------------------------------------------------------------------

/// Writes down what it was made of.
class Collector final : public actors::Server<Collector> {
 public:
  struct Crash {};

  Collector(std::shared_ptr<actors::testkit::Journal> journal, std::string first, int second) {
    journal->add(first + " " + std::to_string(second));
  }
  void handle(Crash /*message*/) { throw std::runtime_error("boom"); }
};

// catalogue 79
TEST_F(DynamicSupervisorTest, PassesTheTemplatesArgumentsBeforeTheChildsOnRestartsToo) {
  const auto pool = start_dynamic();
  const auto collector = child_template<Collector>("collector", journal_, std::string("extra"));
  const Pid seven = add(pool, collector(7));
  add(pool, collector(8));
  Ref<Collector>(world_.runtime(), seven).cast(Collector::Crash{}).ignore();
  world_.run();
  EXPECT_EQ(journal_->entries(), (Entries{"extra 7", "extra 8", "extra 7"}));
}

// -- starting ------------------------------------------------------------------------------------

struct Outcome {
  std::string name;
  Starting starting;
  bool is_kept = false;
  std::optional<Errc> error{};
  std::string why{};
};

class DynamicStart : public SupervisionTest, public testing::WithParamInterface<Outcome> {};

// catalogue 80
TEST_P(DynamicStart, KeepsOnlyWhatRuns) {
  const Outcome& expected = GetParam();
  const auto pool = start_dynamic();
  script("a")->start = expected.starting;
  script("a")->info = std::string("hello");
  const auto started = world_.call(pool, StartChild{child("a")});
  EXPECT_EQ(counts(pool).specs, expected.is_kept ? 1 : 0);
  EXPECT_EQ(place_->children().size(), expected.is_kept ? 1 : 0);
  ASSERT_EQ(started.has_value(), !expected.error);
  if (!started) {
    EXPECT_EQ(started.error(), *expected.error);
    EXPECT_NE(started.error().context.find(expected.why), std::string::npos)
        << started.error().context;
    return;
  }
  EXPECT_EQ(started->pid.has_value(), expected.is_kept);
  if (expected.is_kept) EXPECT_EQ(std::any_cast<std::string>(started->info), "hello");
}

INSTANTIATE_TEST_SUITE_P(
    Outcomes, DynamicStart,
    testing::Values(Outcome{.name = "Ok", .starting = Starting::ok, .is_kept = true},
                    Outcome{.name = "Ignore", .starting = Starting::ignore},
                    Outcome{.name = "Stop",
                            .starting = Starting::stop,
                            .error = Errc::start_failed,
                            .why = "no start"},
                    Outcome{.name = "Throw",
                            .starting = Starting::throws,
                            .error = Errc::start_failed,
                            .why = "no init"},
                    Outcome{.name = "Constructor",
                            .starting = Starting::constructor,
                            .error = Errc::start_failed,
                            .why = "no actor"},
                    Outcome{.name = "EmptyTask",
                            .starting = Starting::empty_task,
                            .error = Errc::start_failed,
                            .why = "bad_return_value"},
                    Outcome{.name = "NullPointer",
                            .starting = Starting::null_pointer,
                            .error = Errc::start_failed,
                            .why = "bad_return_value"}),
    [](const auto& info) { return info.param.name; });

// catalogue 81
TEST_F(DynamicSupervisorTest, TakesTheSameIdTwice) {
  const auto pool = start_dynamic();
  const Pid first = add(pool, child("a"));
  const Pid second = add(pool, child("a"));
  EXPECT_NE(first, second);
  EXPECT_EQ(counts(pool), (ChildCounts{.specs = 2, .active = 2, .workers = 2}));
  EXPECT_NE(place_->children()[0]->path(), place_->children()[1]->path());
}

// Not in the catalogue: the names of places are the supervisor's affair.
TEST_F(DynamicSupervisorTest, NeedsNoId) {
  const auto pool = start_dynamic();
  ChildSpec spec = child("a");
  spec.id.clear();
  EXPECT_TRUE(world_.alive(add(pool, spec)));
  EXPECT_TRUE(which(pool)[0].id.empty());
}

// -- restarting ----------------------------------------------------------------------------------

// catalogue 82
TEST_F(DynamicSupervisorTest, TriesAgainThroughItsMailbox) {
  const auto pool = start_dynamic();
  const Pid before = add(pool, child("a"));
  script("a")->next_starts = {Starting::stop};
  crash(before);
  const auto children = which(pool);
  ASSERT_EQ(children.size(), 1);
  EXPECT_EQ(children[0].state, ChildState::running);
  EXPECT_NE(children[0].pid, before);
  EXPECT_EQ(starts("a"), 3);
}

// catalogue 82
TEST_F(DynamicSupervisorTest, AnswersBetweenTwoAttempts) {
  const auto pool = start_dynamic(patient());
  const Pid before = add(pool, child("a"));
  script("a")->start = Starting::stop;
  script("a")->start_takes = std::chrono::milliseconds(1);
  crash(before);
  EXPECT_EQ(counts(pool), (ChildCounts{.specs = 1, .active = 0, .workers = 1}));
  EXPECT_EQ(which(pool)[0].state, ChildState::restarting);
  script("a")->start = Starting::ok;
  world_.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(which(pool)[0].state, ChildState::running);
}

// catalogue 83
TEST_F(DynamicSupervisorTest, TerminatesAChildThatIsBeingRestarted) {
  const auto pool = start_dynamic(patient());
  const Pid before = add(pool, child("a"));
  script("a")->start = Starting::stop;
  script("a")->start_takes = std::chrono::milliseconds(1);
  crash(before);
  must(world_.call(pool, TerminateChild{before}));
  EXPECT_EQ(world_.call(pool, TerminateChild{before}).error(), Errc::not_found);
  const auto attempts = starts("a");
  world_.advance(std::chrono::seconds(1));
  EXPECT_EQ(starts("a"), attempts);
  EXPECT_TRUE(place_->children().empty());
}

// catalogue 84
TEST_F(DynamicSupervisorTest, DoesNotFindStrangersAndTheDead) {
  const auto pool = start_dynamic();
  const Pid stranger = world_.spawn<DynamicSupervisor>(DynamicFlags{}).pid();
  EXPECT_EQ(world_.call(pool, TerminateChild{stranger}).error(), Errc::not_found);
  EXPECT_TRUE(world_.alive(stranger));
  const Pid worker = add(pool, child("a", Restart::temporary));
  end(worker, ExitReason::normal());
  EXPECT_EQ(world_.call(pool, TerminateChild{worker}).error(), Errc::not_found);
  EXPECT_EQ(world_.call(pool, TerminateChild{Pid()}).error(), Errc::not_found);
}

// catalogue 84
TEST_F(DynamicSupervisorTest, ForgetsTheFormerPidOfARestartedChild) {
  const auto pool = start_dynamic();
  const Pid before = add(pool, child("a"));
  crash(before);
  EXPECT_EQ(world_.call(pool, TerminateChild{before}).error(), Errc::not_found);
  EXPECT_EQ(counts(pool).active, 1);
}

// catalogue 85
TEST_F(DynamicSupervisorTest, GivesUpWhenRestartsFailTooOften) {
  const auto pool = start_dynamic({.intensity = {.intensity = 10}});
  const Pid worker = add(pool, child("a"));
  const Pid bystander = add(pool, child("b"));
  script("a")->start = Starting::stop;
  crash(worker);
  EXPECT_EQ(exit_reason(pool.pid()), ExitReason::shutdown());
  EXPECT_EQ(exit_reason(bystander), ExitReason::shutdown());
  EXPECT_EQ(starts("a"), 1 + 10);
  EXPECT_EQ(world_.count(EventKind::sup_gave_up), 1);
}

// Not in the catalogue: an operator's restart, of the three kinds that there are.
TEST_F(DynamicSupervisorTest, CyclesAChildOnRequest) {
  const auto pool = start_dynamic({.intensity = {.intensity = 0}});
  const Pid before = add(pool, child("a"));
  must(world_.call(pool, CycleChild{before}));
  const Pid after = which(pool)[0].pid;
  EXPECT_NE(after, before);
  EXPECT_EQ(world_.call(pool, CycleChild{before}).error(), Errc::not_found);
  EXPECT_EQ(world_.call(pool, CycleChild{std::string("a")}).error(), Errc::invalid_argument);
  const Pid temporary = add(pool, child("t", Restart::temporary));
  EXPECT_EQ(world_.call(pool, CycleChild{temporary}).error(), Errc::invalid_argument);
  EXPECT_TRUE(world_.alive(temporary));
}

// Not in the catalogue.
TEST_F(DynamicSupervisorTest, SaysThatACycledChildDidNotComeUp) {
  const auto pool = start_dynamic(patient());
  const Pid before = add(pool, child("a"));
  script("a")->next_starts = {Starting::stop};
  EXPECT_EQ(world_.call(pool, CycleChild{before}).error(), Errc::start_failed);
  world_.run();
  EXPECT_EQ(counts(pool).active, 1) << "it goes on trying";
}

// -- many ----------------------------------------------------------------------------------------

// catalogue 86
TEST_F(DynamicSupervisorTest, CountsExactlyHoweverManyComeAndGo) {
  const auto pool = start_dynamic();
  std::vector<Pid> workers;
  for (const std::size_t total : {1000U, 2000U}) {
    while (workers.size() < total) workers.push_back(add(pool, child("a", Restart::temporary)));
    EXPECT_EQ(counts(pool), (ChildCounts{.specs = total, .active = total, .workers = total}));
  }
  for (const Pid worker : workers) world_.runtime().kill(worker);
  world_.run();
  EXPECT_EQ(counts(pool), ChildCounts{});
  EXPECT_TRUE(place_->children().empty());
}

/// What starting, restarting and removing children costs, per child.
struct Costs {
  double turns = 0;
  double events = 0;
};

class Scaling : public SupervisionTest {
 protected:
  /// Adds @p count children one by one, crashes each, stops half of them one by one, and the rest
  /// with their supervisor.
  template <class S>
  Costs costs(Ref<S> supervisor, std::size_t count, bool by_id) {
    forget_past();
    const std::uint64_t began = world_.turns();
    std::vector<Pid> workers;
    for (std::size_t i = 0; i < count; ++i) {
      ChildSpec spec = worker<Quiet>("w" + std::to_string(i));
      workers.push_back(add(supervisor, std::move(spec)));
    }
    for (const Pid worker : workers) {
      Ref<Quiet>(world_.runtime(), worker).cast(Quiet::Crash{}).ignore();
    }
    world_.run();
    const auto children = which(supervisor);
    EXPECT_EQ(children.size(), count);
    for (std::size_t i = 0; i < count / 2; ++i) {
      const ChildKey key = by_id ? ChildKey(children[i].id) : ChildKey(children[i].pid);
      must(world_.call(supervisor, TerminateChild{key}));
    }
    must(world_.stop(supervisor.pid(), ExitReason::shutdown(), actors::kForever));
    const auto per_child = [count](auto n) {
      return static_cast<double>(n) / static_cast<double>(count);
    };
    return {per_child(world_.turns() - began), per_child(world_.events().size())};
  }

  class Quiet final : public actors::Server<Quiet> {
   public:
    struct Crash {};
    void handle(Crash /*message*/) { stop(ExitReason::custom("boom")); }
  };
};

// catalogue 67
TEST_F(Scaling, CostsADynamicChildTheSameAmongManyAsAmongFew) {
  const DynamicFlags flags{.intensity = {.intensity = 1 << 30}};
  const Costs few = costs(start_dynamic(flags), 1000, /*by_id=*/false);
  const Costs many = costs(start_dynamic(flags), 20'000, /*by_id=*/false);
  EXPECT_NEAR(many.turns, few.turns, 0.1);
  EXPECT_NEAR(many.events, few.events, 0.1);
}

// catalogue 67
TEST_F(Scaling, CostsAStaticChildTheSameAmongManyAsAmongFew) {
  const SupervisorSpec spec{{.intensity = {.intensity = 1 << 30}}, {}};
  const Costs few = costs(start(spec), 1000, /*by_id=*/true);
  const Costs many = costs(start(spec), 20'000, /*by_id=*/true);
  EXPECT_NEAR(many.turns, few.turns, 0.1);
  EXPECT_NEAR(many.events, few.events, 0.1);
}

}  // namespace
}  // namespace coppice::supervisor
