#include "actors/shard.hpp"

#include <stdexcept>

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "actors/use_task.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::call_from;
using support::Probe;
using support::run_in;
using testkit::World;

// -- dedicated shards ----------------------------------------------------------------------------

class Stillborn final : public Server<Stillborn> {
 public:
  Stillborn() { throw std::runtime_error("stillborn"); }
};

class DedicatedShardTest : public testing::Test {
 protected:
  Ref<Probe> on_own_thread() {
    return world_.spawn_with<Probe>({.placement = Placement::own_thread()});
  }

  World world_;
};

TEST_F(DedicatedShardTest, IsGivenBackByAStartThatFails) {
  const auto own = Placement::own_thread();
  const auto named = world_.spawn_with<Probe>({.name = "taken"});
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(world_.start(make_factory<Stillborn>(), {.placement = own}).ok());
    EXPECT_FALSE(world_.start([] { return nullptr; }, {.placement = own}).ok());
    const auto second = world_.start(make_factory<Probe>(), {.placement = own, .name = "taken"});
    EXPECT_EQ(second.kind, StartOutcome::Kind::already_started);
    EXPECT_EQ(second.pid, named.pid());
  }
  EXPECT_EQ(world_.runtime().all_shards().size(), 2U);
}

/// Takes a second over its end.
class Lingering final : public Server<Lingering> {
 public:
  static Task<void> terminate(ExitReason /*reason*/) { std::ignore = co_await sleep_for(1s); }
};

TEST_F(DedicatedShardTest, IsNotReusedWhileAChildOfItsFormerActorLives) {
  const auto parent = on_own_thread();
  Pid child;
  run_in(world_, parent, [&](Probe& self) { child = self.spawn<Lingering>({}).pid(); });
  ASSERT_EQ(child.shard(), parent.pid().shard());
  EXPECT_EQ(world_.stop(parent.pid()), ExitReason::shutdown());
  ASSERT_TRUE(world_.alive(child));
  EXPECT_NE(on_own_thread().pid().shard(), child.shard());
  world_.advance(1s);
  ASSERT_FALSE(world_.alive(child));
  EXPECT_EQ(on_own_thread().pid().shard(), child.shard()) << "nobody lives there any more";
}

// -- teardown ------------------------------------------------------------------------------------

/// Waits in the background for what belongs to the shard's io_context.
class Sleeper final : public Server<Sleeper> {
 public:
  void init() { background(sleep(std::make_shared<boost::asio::steady_timer>(io(), 1h))); }

 private:
  static Task<void> sleep(std::shared_ptr<boost::asio::steady_timer> timer) {
    std::ignore = co_await timer->async_wait(use_task);
  }
};

/// Waits for many timers, and holds on to a token with each.
class ManySleeper final : public Server<ManySleeper> {
 public:
  ManySleeper(std::shared_ptr<int> token, int timers) : token_(std::move(token)), timers_(timers) {}
  void init() {
    for (int i = 0; i < timers_; ++i) {
      background(sleep(std::make_shared<boost::asio::steady_timer>(io(), 1h), token_));
    }
  }

 private:
  static Task<void> sleep(std::shared_ptr<boost::asio::steady_timer> timer,
                          std::shared_ptr<int> /*token*/) {
    std::ignore = co_await timer->async_wait(use_task);
  }

  std::shared_ptr<int> token_;
  int timers_;
};

/// Owes answers until its end.
class Debtor final : public Server<Debtor> {
 public:
  struct Ask {
    using Reply = void;
  };
  void handle(Ask /*message*/, ReplyTo<void> reply) { owed_.push_back(std::move(reply)); }

 private:
  std::vector<ReplyTo<void>> owed_;
};

TEST(ShardTeardown, ToleratesActorsThatHearOfTheEndOfThoseBeforeThem) {
  World world;
  world.spawn<Sleeper>();
  std::vector<support::Answer<void>> answers;
  for (int i = 0; i < 3; ++i) {
    const auto debtor = world.spawn<Debtor>();
    answers.push_back(call_from(world, world.spawn<Probe>(), debtor, Debtor::Ask{}, 1h));
  }
  for (const auto& answer : answers) EXPECT_FALSE(answer->has_value());
}

TEST(ShardTeardown, LetsGoOfAllThatWasWaitedForHoweverMuchItIs) {
  const auto token = std::make_shared<int>(0);
  {
    World world;
    world.spawn<ManySleeper>(token, 5000);
    ASSERT_GT(token.use_count(), 5000);
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace coppice::actors
