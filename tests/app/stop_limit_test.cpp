#include "app/stop_limit.hpp"

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "app/logging.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app {
namespace {

using namespace std::chrono_literals;

/// Blocks its thread for ever.
class Stuck final : public actors::Server<Stuck> {
 public:
  void init() { continue_with(Block{}); }
  struct Block {};
  void handle(Block /*message*/) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable never;
    never.wait(lock, [] { return false; });
  }
};

class Writer final : public actors::Server<Writer> {
 public:
  struct Write {};
  void handle(Write /*message*/) {}
  void terminate(const actors::ExitReason& /*reason*/) { std::cerr << "the writer is done\n"; }
};

supervisor::ChildSpec on_own_thread(supervisor::ChildSpec spec) {
  spec.options.placement = actors::Placement::own_thread();
  return spec;
}

supervisor::SupervisorSpec tree() {
  supervisor::SupervisorSpec database{
      .children = {on_own_thread(supervisor::worker<Writer>("writer"))}};
  supervisor::SupervisorSpec jobs{.children = {on_own_thread(supervisor::worker<Stuck>("stuck"))}};
  return {.children = {supervisor::supervisor_child("database", std::move(database)),
                       supervisor::supervisor_child("jobs", std::move(jobs))}};
}

void stop_with_a_stuck_thread(actors::Duration patience) {
  set_up_logging(Config{});
  StopLimit limit;
  actors::Runtime runtime({.shards = 1});
  const auto root =
      actors::spawn<supervisor::Supervisor>(runtime, {.place = runtime.root()}, tree());
  limit.arm(runtime, 200ms, 0);
  std::ignore = runtime.stop(root->pid(), actors::ExitReason::shutdown(), patience);
  while (true) std::this_thread::sleep_for(1h);
}

void destroy_a_runtime_with_a_stuck_thread() {
  StopLimit limit;
  actors::Runtime runtime({.shards = 1});
  std::ignore = actors::spawn<Stuck>(runtime, {.placement = actors::Placement::own_thread()});
  limit.arm(runtime, 200ms, 1);
  limit.runtime_ends();
}

constexpr const char* kStuck = "/jobs/stuck did not end in time";

class StopLimitDeathTest : public ::testing::Test {
 protected:
  StopLimitDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(StopLimitDeathTest, EndsTheProcessOnceTheWriterIsDone) {
  EXPECT_EXIT(stop_with_a_stuck_thread(1h), ::testing::ExitedWithCode(0), "the writer is done");
}

TEST_F(StopLimitDeathTest, SaysWhatIsStuck) {
  EXPECT_EXIT(stop_with_a_stuck_thread(1h), ::testing::ExitedWithCode(0), kStuck);
  EXPECT_EXIT(stop_with_a_stuck_thread(1ms), ::testing::ExitedWithCode(0), kStuck);
}

TEST_F(StopLimitDeathTest, CountsTheEndOfTheRuntimeAsWell) {
  EXPECT_EXIT(destroy_a_runtime_with_a_stuck_thread(), ::testing::ExitedWithCode(1), "");
}

TEST(StopLimit, DoesNothingToWhoEndsInTime) {
  StopLimit limit;
  actors::Runtime runtime({.shards = 1});
  limit.arm(runtime, 1h, 1);
  limit.runtime_ends();
}

}  // namespace
}  // namespace coppice::app
