#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"
#include "support/test_worker.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::Probe;
using support::Script;
using support::start_in;
using support::Starting;
using testkit::Journal;
using testkit::World;

class InitTest : public testing::Test {
 protected:
  [[nodiscard]] StartOutcome start(SpawnOptions options = {}) {
    return world_.start(support::test_worker(script_), std::move(options));
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  std::shared_ptr<Script> script_ =
      std::make_shared<Script>(Script{.name = "w", .journal = journal_});
};

TEST_F(InitTest, FinishesBeforeTheStartDoesAndHandsOverItsInfo) {
  script_->start_takes = 200ms;
  script_->info = std::string("hello");
  const Time began = world_.now();
  const StartOutcome outcome = start();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(world_.now() - began, 200ms);
  EXPECT_EQ(std::any_cast<std::string>(outcome.info), "hello");
}

TEST_F(InitTest, NeverRunsWhenTheNameIsTaken) {
  const StartOutcome first = start({.name = "unique"});
  ASSERT_TRUE(first.ok());
  const StartOutcome second = start({.name = "unique"});
  EXPECT_EQ(second.kind, StartOutcome::Kind::already_started);
  EXPECT_EQ(second.pid, first.pid);
  EXPECT_EQ(pid_of(second).error(), Errc::already_started);
  EXPECT_EQ(world_.count(EventKind::registry_conflict), 1U);
}

// catalogue 100
TEST_F(InitTest, ThatExceedsItsDeadlineLeavesNothingBehind) {
  script_->start = Starting::hang;
  const Time began = world_.now();
  const StartOutcome outcome = start({.name = "late", .init_timeout = 100ms});
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason.kind(), ExitReason::Kind::init_timeout);
  EXPECT_EQ(world_.now() - began, 100ms);
  EXPECT_FALSE(world_.alive(outcome.pid));
  EXPECT_FALSE(world_.runtime().registry().find("late").pid);
  EXPECT_EQ(journal_->count("stop w"), 0U) << "what has not begun is not cleaned up";
}

// catalogue 100
TEST_F(InitTest, ThatEndsAtItsDeadlineHasFailed) {
  script_->start_takes = 100ms;
  const StartOutcome outcome = start({.init_timeout = 100ms});
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason.kind(), ExitReason::Kind::init_timeout);
  EXPECT_FALSE(world_.alive(outcome.pid));
  EXPECT_EQ(world_.count(EventKind::actor_start), 0U);
  EXPECT_EQ(journal_->count("stop w"), 0U);
}

TEST_F(InitTest, ThatMakesItsDeadlineIsNotEndedByItLater) {
  script_->start_takes = 99ms;
  const StartOutcome outcome = start({.init_timeout = 100ms});
  ASSERT_TRUE(outcome.ok());
  world_.advance(1s);
  EXPECT_TRUE(world_.alive(outcome.pid));
}

struct FailingStart {
  Starting how;
  StartOutcome::Kind kind;
  std::string reason;
  friend void PrintTo(const FailingStart& start, std::ostream* out) { *out << start.reason; }
};

class FailingInitTest : public InitTest, public testing::WithParamInterface<FailingStart> {};

INSTANTIATE_TEST_SUITE_P(
    Ways, FailingInitTest,
    testing::Values(FailingStart{Starting::stop, StartOutcome::Kind::failed, "custom(no start)"},
                    FailingStart{Starting::ignore, StartOutcome::Kind::ignored, "normal"},
                    FailingStart{Starting::throws, StartOutcome::Kind::failed,
                                 "error(std::runtime_error: no init)"},
                    FailingStart{Starting::constructor, StartOutcome::Kind::failed,
                                 "error(std::runtime_error: no actor)"},
                    FailingStart{Starting::null_pointer, StartOutcome::Kind::failed,
                                 "bad_return_value(start: no actor)"},
                    FailingStart{Starting::empty_task, StartOutcome::Kind::failed,
                                 "bad_return_value(init: empty task)"}),
    [](const auto& info) {
      switch (info.param.how) {
        case Starting::stop: return "stop";
        case Starting::ignore: return "ignore";
        case Starting::throws: return "throws";
        case Starting::constructor: return "constructor";
        case Starting::null_pointer: return "null_pointer";
        default: return "empty_task";
      }
    });

// catalogue 101
TEST_P(FailingInitTest, FailsFiveTimesInTheSameWayAndLeavesNothingBehind) {
  script_->start = GetParam().how;
  for (int i = 0; i < 5; ++i) {
    const StartOutcome outcome = start({.name = "again"});
    EXPECT_EQ(outcome.kind, GetParam().kind);
    EXPECT_EQ(outcome.reason.to_string(), GetParam().reason);
    EXPECT_FALSE(world_.runtime().registry().find("again").pid);
    if (outcome.pid) EXPECT_FALSE(world_.runtime().stats(outcome.pid));
  }
}

Task<void> start_and_tell(Factory factory, SpawnOptions options, bool* free,
                          std::shared_ptr<StartOutcome> outcome) {
  *outcome = co_await start_actor(std::move(factory), std::move(options));
  *free = !Shard::current()->runtime().registry().find("again").pid;
}

// catalogue 101
TEST_P(FailingInitTest, SendsAStarterThatTrapsExitsNothing) {
  script_->start = GetParam().how;
  const auto seen = std::make_shared<Probe::Seen>();
  const auto probe = world_.spawn_with<Probe>({.trap_exits = true}, seen);
  const auto outcome = std::make_shared<StartOutcome>();
  bool free = false;
  const SpawnOptions options{.link = true, .name = "again"};
  start_in(world_, probe, [&, this](Probe*) {
    return start_and_tell(support::test_worker(script_), options, &free, outcome);
  });
  EXPECT_EQ(outcome->kind, GetParam().kind);
  EXPECT_TRUE(free) << "when the start returns, the name is free";
  EXPECT_TRUE(seen->exits.empty());
  EXPECT_TRUE(seen->child_exits.empty());
}

Task<void> monitor_and_kill_during_start(Probe* self, Factory factory) {
  SpawnOptions options{.name = "starting"};
  const StartOutcome outcome = co_await start_actor(std::move(factory), std::move(options));
  EXPECT_EQ(outcome.reason.kind(), ExitReason::Kind::killed);
  std::ignore = self;
}

/// Kills itself in the part of its init that runs before the first wait.
class KilledInInit final : public Server<KilledInInit> {
 public:
  explicit KilledInInit(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}
  Task<void> init() {
    journal_->add("init");
    runtime().kill(self().pid());
    std::ignore = co_await sleep_for(1s);
    journal_->add("init goes on");
  }

 private:
  std::shared_ptr<Journal> journal_;
};

// catalogue 118
TEST_F(InitTest, MayBeKilledBeforeItsFirstWait) {
  const auto seen = std::make_shared<Probe::Seen>();
  const auto watcher = world_.spawn<Probe>(seen);
  world_.runtime().start_async(make_factory<KilledInInit>(journal_), {.name = "k"}, {});
  world_.runtime().shard(0).run_as_current([] { Shard::current()->take_in(); });
  const Pid pid = world_.runtime().registry().find("k").pid;
  ASSERT_TRUE(pid);
  run_in(world_, watcher, [pid](Probe& self) { self.monitor(pid); });
  world_.advance(2s);
  ASSERT_EQ(seen->downs.size(), 1U);
  EXPECT_TRUE(seen->downs[0].reason.kind() == ExitReason::Kind::killed ||
              seen->downs[0].reason.kind() == ExitReason::Kind::noproc);
  EXPECT_EQ(journal_->entries(), std::vector<std::string>{"init"});
}

// catalogue 118
TEST_F(InitTest, OfAChildEndsWhenItsStarterIsToldToStop) {
  script_->start = Starting::hang;
  const auto probe = world_.spawn<Probe>();
  start_in(world_, probe, [this](Probe* self) {
    return monitor_and_kill_during_start(self, support::test_worker(script_));
  });
  EXPECT_TRUE(world_.runtime().registry().find("starting").pid);
  EXPECT_EQ(world_.stop(probe.pid()), ExitReason::shutdown());
  EXPECT_FALSE(world_.runtime().registry().find("starting").pid);
}

}  // namespace
}  // namespace coppice::actors
