#include "actors/stop.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::call_from;
using support::Probe;
using support::run_in;
using testkit::Journal;
using testkit::World;

/// Cleans up in the ways that it is told to.
class Tidy final : public Server<Tidy> {
 public:
  struct Note {};
  struct Ask {
    using Reply = int;
  };
  struct Sleep {
    Duration time;
  };
  struct Leave {
    ExitReason reason;
  };
  struct Throw {
    ExitReason reason;
  };

  explicit Tidy(std::shared_ptr<Journal> journal, Duration takes = {}, bool throws = false)
      : journal_(std::move(journal)), takes_(takes), throws_(throws) {}

  Task<void> terminate(ExitReason reason) {
    const bool in_time = co_await sleep_for(takes_);
    journal_->add("end " + reason.to_string() + (in_time ? "" : " cut short"));
    if (throws_) throw std::runtime_error("untidy");
  }

  void handle(Note /*message*/) { journal_->add("note"); }
  int handle(Ask /*message*/) { return 1; }
  Task<void> handle(Sleep message) {
    const bool slept = co_await sleep_for(message.time);
    journal_->add(slept ? "slept" : "woken");
  }
  void handle(const Leave& message) { stop(message.reason); }
  void handle(const Throw& message) { throw ExitException(message.reason); }

 private:
  std::shared_ptr<Journal> journal_;
  Duration takes_;
  bool throws_;
};

class StopTest : public testing::Test {
 protected:
  using Entries = std::vector<std::string>;
  [[nodiscard]] std::vector<ExitReason> ends_of(Pid pid) const {
    std::vector<ExitReason> out;
    for (const auto& seen : world_.events(EventKind::actor_exit)) {
      if (seen.pid == pid) out.push_back(*seen.reason);
    }
    return out;
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
};

// catalogue 102
TEST_F(StopTest, EndsAnActorWithTheReasonAsked) {
  for (const ExitReason& reason : {ExitReason::normal(), ExitReason::shutdown(),
                                   ExitReason::shutdown("moving"), ExitReason::custom("other")}) {
    const auto tidy = world_.spawn<Tidy>(journal_);
    EXPECT_EQ(world_.stop(tidy.pid(), reason), reason);
    EXPECT_FALSE(world_.runtime().stats(tidy.pid())) << "it is gone when stop returns";
    EXPECT_EQ(journal_->take(), Entries{"end " + reason.to_string()});
  }
}

// catalogue 102
TEST_F(StopTest, FindsAnActorByNameAndSaysNoprocForADeadOne) {
  world_.spawn_with<Tidy>({.name = "tidy"}, journal_);
  const Pid pid = Name<Tidy>(world_.runtime(), "tidy").resolve().value();
  EXPECT_EQ(world_.stop(pid), ExitReason::shutdown());
  EXPECT_EQ(Name<Tidy>(world_.runtime(), "tidy").resolve().error(), Errc::noproc);
  EXPECT_EQ(world_.stop(pid).error(), Errc::noproc);
}

TEST_F(StopTest, SaysNoprocForAnActorOnAShardThatDoesNotExist) {
  EXPECT_EQ(world_.stop(Pid(77, 5, 1)).error(), Errc::noproc);
}

TEST_F(StopTest, KillsWhoeverTakesLongerThanTheTimeout) {
  const auto tidy = world_.spawn<Tidy>(journal_, kForever);
  const Time began = world_.now();
  EXPECT_EQ(world_.stop(tidy.pid(), ExitReason::shutdown(), 100ms), ExitReason::killed());
  EXPECT_EQ(world_.now() - began, 100ms);
  EXPECT_TRUE(journal_->entries().empty());
}

// catalogue 120
TEST_F(StopTest, LetsTheHookOfACancelledActorWait) {
  const auto tidy = world_.spawn<Tidy>(journal_, 10ms);
  ASSERT_TRUE(tidy.cast(Tidy::Sleep{1h}));
  world_.run();
  const Time began = world_.now();
  EXPECT_EQ(world_.stop(tidy.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"woken", "end shutdown"}));
  EXPECT_EQ(world_.now() - began, 10ms);
}

// catalogue 103
TEST_F(StopTest, WithACleanReasonReportsNoCrash) {
  for (const ExitReason& reason :
       {ExitReason::normal(), ExitReason::shutdown(), ExitReason::shutdown("draining")}) {
    const auto leaving = world_.spawn<Tidy>(journal_);
    ASSERT_TRUE(leaving.cast(Tidy::Leave{reason}));
    const auto throwing = world_.spawn<Tidy>(journal_);
    ASSERT_TRUE(throwing.cast(Tidy::Throw{reason}));
    const auto stopped = world_.spawn<Tidy>(journal_);
    EXPECT_EQ(world_.stop(stopped.pid(), reason), reason);
    for (const Pid pid : {leaving.pid(), throwing.pid(), stopped.pid()}) {
      EXPECT_EQ(ends_of(pid), std::vector{reason});
    }
  }
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

TEST_F(StopTest, WithAnAbnormalReasonOfItsOwnReportsACrashOnce) {
  const auto tidy = world_.spawn<Tidy>(journal_);
  ASSERT_TRUE(tidy.cast(Tidy::Leave{ExitReason::custom("no disk")}));
  EXPECT_FALSE(world_.alive(tidy.pid()));
  ASSERT_EQ(world_.count(EventKind::actor_crash), 1U);
  const auto crash = world_.events(EventKind::actor_crash)[0].crash;
  EXPECT_EQ(crash->reason, ExitReason::custom("no disk"));
  EXPECT_TRUE(crash->message_type.ends_with("Tidy::Leave"));
}

// catalogue 105
TEST_F(StopTest, EndsWithTheExceptionThatLeavesTheHook) {
  const auto tidy = world_.spawn<Tidy>(journal_, 0ms, true);
  const auto ended = world_.stop(tidy.pid());
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->to_string(), "error(std::runtime_error: untidy)");
  ASSERT_EQ(world_.count(EventKind::actor_crash), 1U);
  EXPECT_EQ(world_.events(EventKind::actor_crash)[0].crash->reason, *ended);
}

TEST_F(StopTest, LetsTheFirstReasonStand) {
  const auto tidy = world_.spawn<Tidy>(journal_, 10ms);
  ASSERT_TRUE(tidy.cast(Tidy::Leave{ExitReason::custom("first")}));
  world_.run();
  EXPECT_EQ(world_.stop(tidy.pid(), ExitReason::custom("second")), ExitReason::custom("first"));
}

// catalogue 124
TEST_F(StopTest, OvertakesTheMailThatWaits) {
  const auto tidy = world_.spawn_with<Tidy>({.mailbox = {.capacity = 20'000}}, journal_);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(tidy.cast(Tidy::Note{}));
  const auto call = call_from(world_, world_.spawn<Probe>(), tidy, Tidy::Ask{});
  EXPECT_TRUE(call->has_value()) << "that ran everything";
  EXPECT_EQ(journal_->take().size(), 10'000U);

  std::vector<support::Answer<int>> calls;
  world_.runtime().inspect(tidy.pid(), [](Cell& cell) { cell.suspend(); }).value();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(tidy.cast(Tidy::Note{}));
  for (int i = 0; i < 3; ++i) {
    calls.push_back(call_from(world_, world_.spawn<Probe>(), tidy, Tidy::Ask{}));
  }
  EXPECT_EQ(world_.stop(tidy.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), Entries{"end shutdown"});
  for (const auto& each : calls) {
    ASSERT_TRUE(each->has_value());
    EXPECT_EQ((*each)->error(), Errc::down);
    EXPECT_EQ((*each)->error().context, "shutdown");
  }
}

/// Has a task in the background that journals how it ends.
class Host final : public Server<Host> {
 public:
  explicit Host(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}
  void init() { background(run(journal_)); }
  void terminate(const ExitReason& /*reason*/) { journal_->add("hook"); }

 private:
  static Task<void> run(std::shared_ptr<Journal> journal) {
    bool is_cancelled = false;
    while (!is_cancelled) is_cancelled = !co_await sleep_for(1s);
    journal->add("task");
  }
  std::shared_ptr<Journal> journal_;
};

TEST_F(StopTest, WaitsForTheTasksInTheBackgroundBeforeTheHook) {
  const auto host = world_.spawn<Host>(journal_);
  world_.advance(3s);
  EXPECT_EQ(world_.stop(host.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"task", "hook"}));
}

Task<void> stop_other(Pid pid, Duration timeout, OnTimeout on_timeout, ExitReason* ended) {
  *ended = co_await stop_and_wait(pid, ExitReason::shutdown(), timeout, on_timeout);
}

TEST_F(StopTest, MayGiveUpAndLeaveTheActorAlone) {
  const auto tidy = world_.spawn<Tidy>(journal_, 200ms);
  ExitReason ended;
  const auto stopper = world_.spawn<Probe>();
  start_in(world_, stopper,
           [&](Probe*) { return stop_other(tidy.pid(), 100ms, OnTimeout::give_up, &ended); });
  world_.advance(100ms);
  EXPECT_EQ(ended.kind(), ExitReason::Kind::abandoned);
  EXPECT_TRUE(world_.alive(tidy.pid()));
  world_.advance(100ms);
  EXPECT_FALSE(world_.alive(tidy.pid())) << "it ended in its own time";
}

}  // namespace
}  // namespace coppice::actors
