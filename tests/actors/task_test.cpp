#include "actors/task.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

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

static_assert(!std::is_copy_constructible_v<Task<int>>);
static_assert(std::is_nothrow_move_constructible_v<Task<int>>);

Task<int> give(int value, std::shared_ptr<Journal> journal) {
  journal->add("given");
  co_return value;
}

TEST(Task, IsLazy) {
  const auto journal = std::make_shared<Journal>();
  Task<int> task = give(3, journal);
  EXPECT_TRUE(journal->entries().empty());
  EXPECT_FALSE(task.done());
  task.handle().resume();
  EXPECT_TRUE(task.done());
  EXPECT_EQ(task.take(), 3);
}

TEST(Task, DestroysItsFrameWithItself) {
  const auto journal = std::make_shared<Journal>();
  {
    const Task<int> task = give(3, journal);
    EXPECT_EQ(journal.use_count(), 2);
  }
  EXPECT_EQ(journal.use_count(), 1);
  Task<int> moved = give(3, journal);
  moved = Task<int>();
  EXPECT_FALSE(moved);
  EXPECT_EQ(journal.use_count(), 1);
}

Task<std::unique_ptr<int>> give_moved(std::unique_ptr<int> value) { co_return std::move(value); }

Task<void> throw_it() {
  throw std::runtime_error("thrown");
  co_return;
}

Task<int> depth(int levels) {
  if (levels == 0) co_return 0;
  co_return 1 + co_await depth(levels - 1);
}

Task<void> everything(std::shared_ptr<Journal> journal) {
  const auto moved = co_await give_moved(std::make_unique<int>(5));
  journal->add(std::to_string(*moved));
  try {
    co_await throw_it();
  } catch (const std::runtime_error& e) {
    journal->add(e.what());
  }
  const int levels = co_await depth(10'000);
  journal->add(std::to_string(levels));
}

TEST(Task, BringsValuesAndExceptionsUpDeepChains) {
  World world;
  const auto journal = std::make_shared<Journal>();
  start_in(world, world.spawn<Probe>(), [=](Probe*) { return everything(journal); });
  EXPECT_EQ(journal->entries(), (std::vector<std::string>{"5", "thrown", "10000"}));
}

Task<void> innermost() { std::ignore = co_await sleep_for(1s); }
Task<void> middle() {
  co_await innermost();
  std::ignore = co_await sleep_for(1s);
}
Task<void> outermost() { co_await middle(); }

TEST(Task, KnowsTheChainOfThoseThatWaitForEachOther) {
  World world;
  const auto probe = world.spawn<Probe>();
  start_in(world, probe, [](Probe*) { return outermost(); });
  const auto chain = [&] {
    std::vector<std::string> out;
    EXPECT_TRUE(world.runtime().inspect(probe.pid(), [&](Cell& cell) { out = cell.awaiting(); }));
    return out;
  };
  auto lines = chain();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].contains("innermost"));
  EXPECT_TRUE(lines[1].contains("middle"));
  EXPECT_TRUE(lines[2].contains("outermost"));
  EXPECT_TRUE(lines[2].contains("task_test.cpp:"));
  world.advance(1s);
  lines = chain();
  ASSERT_EQ(lines.size(), 2U) << "the innermost has ended";
  EXPECT_TRUE(lines[0].contains("middle"));
  world.advance(1s);
  EXPECT_TRUE(chain().empty());
}

Task<void> yield_often(std::string name, std::shared_ptr<Journal> journal) {
  for (int i = 0; i < 3; ++i) {
    journal->add(name + std::to_string(i));
    co_await yield();
  }
}

TEST(Task, LetsOtherActorsRunWhenItYields) {
  World world;
  const auto journal = std::make_shared<Journal>();
  const auto a = world.spawn<Probe>();
  const auto b = world.spawn<Probe>();
  EXPECT_TRUE(a.cast(Probe::Run{[=](Probe*) { return yield_often("a", journal); }}));
  EXPECT_TRUE(b.cast(Probe::Run{[=](Probe*) { return yield_often("b", journal); }}));
  world.run();
  EXPECT_EQ(journal->entries(), (std::vector<std::string>{"a0", "b0", "a1", "b1", "a2", "b2"}));
}

}  // namespace
}  // namespace coppice::actors
