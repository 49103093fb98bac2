#include "actors/blocking_pool.hpp"

#include <latch>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "actors/place.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::Probe;
using support::start_in;
using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

Task<void> work(std::function<int()> job, Duration timeout, std::shared_ptr<Journal> journal) {
  const Result<int> done = co_await blocking(std::move(job), timeout);
  journal->add(done ? std::to_string(*done) : std::string(to_string(done.error().code)));
}

class BlockingTest : public testing::Test {
 protected:
  /// A new actor that waits for @p job.
  Ref<Probe> run(std::function<int()> job, Duration timeout = 1s) {
    const auto probe = world_.spawn<Probe>();
    start_in(world_, probe, [=, this](Probe*) { return work(job, timeout, journal_); });
    return probe;
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
};

TEST_F(BlockingTest, BringsTheResultOfTheJob) {
  run([] { return 7; });
  EXPECT_EQ(journal_->entries(), Entries{"7"});
}

TEST_F(BlockingTest, RethrowsWhatLeavesTheJobInTheActor) {
  const auto probe = run([]() -> int { throw std::runtime_error("no disk"); });
  EXPECT_FALSE(world_.alive(probe.pid()));
  ASSERT_EQ(world_.count(EventKind::actor_crash), 1U);
  EXPECT_EQ(world_.events(EventKind::actor_crash)[0].crash->reason.exception()->what, "no disk");
}

TEST_F(BlockingTest, KnowsForWhomAJobIs) {
  const auto place = world_.runtime().root()->child("mailer", Place::Kind::worker, "a probe");
  const auto probe = world_.spawn_with<Probe>(SpawnOptions{.place = place});
  std::string actor;
  start_in(world_, probe, [&](Probe*) {
    std::function<int()> job = [&actor] {
      actor = blocking_for();
      return 7;
    };
    return work(std::move(job), 1s, journal_);
  });
  EXPECT_EQ(actor, "/mailer");
  EXPECT_EQ(blocking_for(), "");
}

TEST_F(BlockingTest, GoesOnWithoutAJobThatTakesTooLong) {
  world_.hold_blocking_jobs(true);
  run([] { return 7; }, 100ms);
  world_.advance(100ms);
  EXPECT_EQ(journal_->entries(), Entries{"timeout"});
  EXPECT_EQ(world_.count(EventKind::blocking_overdue), 1U);
  EXPECT_EQ(world_.runtime().blocking_pool().stats().overdue, 1U);
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(journal_->entries(), Entries{"timeout"});
  EXPECT_EQ(world_.runtime().blocking_pool().stats().running, 0U);
}

TEST_F(BlockingTest, RefusesMoreThanMayWait) {
  BlockingPool pool({.queue = 1}, /*manual=*/true);
  struct Job final : BlockingJob {
    void run() noexcept override {}
    void answer() noexcept override {}
    void fail(Errc why) noexcept override { failure = why; }
    std::optional<Errc> failure;
  };
  const auto first = std::make_shared<Job>();
  const auto second = std::make_shared<Job>();
  pool.submit(first);
  pool.submit(second);
  EXPECT_FALSE(first->failure);
  EXPECT_EQ(second->failure, Errc::overloaded);
  pool.close();
  EXPECT_EQ(first->failure, Errc::shutting_down);
  const auto third = std::make_shared<Job>();
  pool.submit(third);
  EXPECT_EQ(third->failure, Errc::shutting_down);
}

TEST_F(BlockingTest, WithdrawsAJobThatHasNotBegunAndOnlyThat) {
  BlockingPool pool({}, /*manual=*/true);
  struct Job final : BlockingJob {
    void run() noexcept override { ran = true; }
    void answer() noexcept override {}
    void fail(Errc /*why*/) noexcept override {}
    bool ran = false;
  };
  const auto waiting = std::make_shared<Job>();
  pool.submit(waiting);
  EXPECT_TRUE(pool.withdraw(*waiting));
  EXPECT_FALSE(pool.begin_one());
  const auto begun = std::make_shared<Job>();
  pool.submit(begun);
  EXPECT_TRUE(pool.begin_one());
  EXPECT_FALSE(pool.withdraw(*begun));
  EXPECT_TRUE(pool.finish_one());
  EXPECT_TRUE(begun->ran);
  EXPECT_FALSE(waiting->ran);
}

// -- with threads --------------------------------------------------------------------------------

/// Runs one blocking job per call.
class Worker final : public Server<Worker> {
 public:
  struct Run {
    using Reply = int;
    std::function<int()> job;
    Duration timeout = 60s;
  };
  Task<Result<int>> handle(Run message) {
    co_return co_await blocking(std::move(message.job), message.timeout);
  }
};

TEST(BlockingThreads, RunJobsAsideFromTheShard) {
  Runtime runtime({.shards = 1});
  const auto worker = spawn<Worker>(runtime, {}).value();
  const auto job = [] { return Shard::current() == nullptr ? 1 : 0; };
  EXPECT_EQ(worker.call_blocking(Worker::Run{job}), 1);
}

TEST(BlockingThreads, AreAsManyAsAskedForAndShareTheWork) {
  Runtime runtime({.shards = 1, .blocking = {.threads = 2}});
  // Both jobs must be running for either to end.
  auto both = std::make_shared<std::latch>(2);
  const auto job = [both] {
    both->arrive_and_wait();
    return 1;
  };
  const auto a = spawn<Worker>(runtime, {}).value();
  const auto b = spawn<Worker>(runtime, {}).value();
  std::jthread other([&] { EXPECT_EQ(a.call_blocking(Worker::Run{job}, 60s), 1); });
  EXPECT_EQ(b.call_blocking(Worker::Run{job}, 60s), 1);
}

TEST(BlockingThreads, DoNotKeepTheRuntimeFromEnding) {
  auto release = std::make_shared<std::binary_semaphore>(0);
  auto ended = std::make_shared<std::binary_semaphore>(0);
  {
    Runtime runtime({.shards = 1, .blocking = {.shutdown_grace = 0ms}});
    auto begun = std::make_shared<std::binary_semaphore>(0);
    const auto worker = spawn<Worker>(runtime, {}).value();
    std::jthread caller([&] {
      const auto answer = worker.call_blocking(Worker::Run{[=] {
                                                             begun->release();
                                                             release->acquire();
                                                             ended->release();
                                                             return 1;
                                                           },
                                                           60s},
                                               1ms);
      EXPECT_EQ(answer.error(), Errc::timeout);
    });
    begun->acquire();
  }
  release->release();
  ended->acquire();
}

}  // namespace
}  // namespace coppice::actors
