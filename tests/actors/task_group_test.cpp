#include "actors/task_group.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

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

Task<void> note_after(Duration delay, std::string text, std::shared_ptr<Journal> journal) {
  const bool slept = co_await sleep_for(delay);
  journal->add(slept ? text : text + " cancelled");
}

Task<void> throw_after(Duration delay, std::string text) {
  std::ignore = co_await sleep_for(delay);
  throw std::runtime_error(text);
}

Task<void> run_all(std::shared_ptr<Journal> journal) {
  TaskGroup group;
  group.add(note_after(200ms, "slow", journal));
  group.add(note_after(100ms, "fast", journal));
  journal->add("running " + std::to_string(group.running()));
  co_await group.join();
  journal->add("joined " + std::to_string(group.running()));
  co_await group.join();
  group.add(note_after(0ms, "again", journal));
  co_await group.join();
}

class TaskGroupTest : public testing::Test {
 protected:
  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Probe> probe_ = world_.spawn<Probe>();
};

TEST_F(TaskGroupTest, RunsItsTasksSideBySideAndJoinsThem) {
  start_in(world_, probe_, [this](Probe*) { return run_all(journal_); });
  const Time began = world_.now();
  world_.run_until([this] { return journal_->count("again") == 1; });
  EXPECT_EQ(journal_->entries(), (Entries{"running 2", "fast", "slow", "joined 0", "again"}));
  EXPECT_EQ(world_.now() - began, 200ms);
}

Task<void> run_with_failure(std::shared_ptr<Journal> journal) {
  TaskGroup group;
  group.add(throw_after(200ms, "second"));
  group.add(throw_after(100ms, "first"));
  group.add(note_after(300ms, "other", journal));
  try {
    co_await group.join();
  } catch (const std::runtime_error& e) {
    journal->add(e.what());
  }
}

TEST_F(TaskGroupTest, RethrowsTheFirstExceptionWhenAllHaveEnded) {
  start_in(world_, probe_, [this](Probe*) { return run_with_failure(journal_); });
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), (Entries{"other", "first"}));
  EXPECT_TRUE(world_.alive(probe_.pid()));
}

TEST_F(TaskGroupTest, CancelsItsTasksWithTheActorAndWaitsForThem) {
  start_in(world_, probe_, [this](Probe*) { return run_all(journal_); });
  EXPECT_EQ(world_.stop(probe_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"running 2", "slow cancelled", "fast cancelled",
                                          "joined 0", "again cancelled"}));
}

Task<void> leave_group_behind(std::shared_ptr<Journal> journal) {
  TaskGroup group;
  group.add(note_after(100ms, "never", journal));
  std::ignore = co_await sleep_for(50ms);
}

TEST_F(TaskGroupTest, DestroysUnfinishedTasksWithItself) {
  start_in(world_, probe_, [this](Probe*) { return leave_group_behind(journal_); });
  world_.advance(1s);
  EXPECT_TRUE(journal_->entries().empty());
  EXPECT_TRUE(world_.alive(probe_.pid()));
}

Task<void> run_many(std::shared_ptr<Journal> journal) {
  TaskGroup group;
  for (int i = 0; i < 1'000; ++i) {
    group.add(note_after(std::chrono::milliseconds(i % 10), "x", journal));
    if (i % 100 == 0) std::ignore = co_await sleep_for(20ms);
  }
  co_await group.join();
  journal->add("end");
}

TEST_F(TaskGroupTest, HoldsManyTasksThatComeAndGo) {
  start_in(world_, probe_, [this](Probe*) { return run_many(journal_); });
  world_.advance(1s);
  EXPECT_EQ(journal_->count("x"), 1'000U);
  EXPECT_EQ(journal_->entries().back(), "end");
}

}  // namespace
}  // namespace coppice::actors
