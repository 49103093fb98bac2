#include <string>

#include <gtest/gtest.h>

#include "actors/sys.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors {
namespace {

using testkit::World;

/// Keeps what it gets.
class Hoarder final : public Server<Hoarder> {
 public:
  struct Keep {
    std::string data;
    [[nodiscard]] std::size_t bytes() const noexcept { return data.size(); }
    [[nodiscard]] std::uint64_t conflation_key() const noexcept { return 0; }
  };
  struct Forget {};
  struct KeepLater {
    std::size_t bytes;
  };
  Task<void> handle(KeepLater message) {
    co_await yield();
    kept_.append(message.bytes, 'x');
    std::ignore = co_await sleep_for(std::chrono::hours(1));
  }
  void handle(Keep message) { kept_ += message.data; }
  void handle(Forget /*message*/) { kept_.clear(); }
  [[nodiscard]] std::size_t state_bytes() const override { return kept_.size(); }

 private:
  std::string kept_;
};

class MemoryLimitTest : public testing::Test {
 protected:
  void send(std::size_t bytes) {
    ASSERT_TRUE(hoarder_.cast(Hoarder::Keep{std::string(bytes, 'x')}));
  }

  World world_;
  Ref<Hoarder> hoarder_ = world_.spawn_with<Hoarder>({.memory_limit_bytes = 10'000});
};

// catalogue 130
TEST_F(MemoryLimitTest, EndsAnActorWhoseStateHasGrownBeyondIt) {
  send(9'000);
  EXPECT_TRUE(world_.alive(hoarder_.pid()));
  send(2'000);
  EXPECT_FALSE(world_.alive(hoarder_.pid()));
  const auto exits = world_.events(EventKind::actor_exit);
  EXPECT_EQ(exits.back().reason->kind(), ExitReason::Kind::memory_limit);
  EXPECT_EQ(exits.back().reason->text(), "11000 of 10000 bytes");
  EXPECT_EQ(world_.count(EventKind::limit_memory), 1U);
  EXPECT_EQ(world_.count(EventKind::actor_crash), 1U);
}

// catalogue 130
TEST_F(MemoryLimitTest, LooksAgainWheneverAHandlerHasGoneOn) {
  ASSERT_TRUE(hoarder_.cast(Hoarder::KeepLater{20'000}));
  world_.run();
  EXPECT_EQ(world_.count(EventKind::limit_memory), 1U);
}

// catalogue 130
TEST_F(MemoryLimitTest, IsKeptInStepWithMailThatReplacesOther) {
  const auto latest = world_.spawn_with<Hoarder>(
      {.mailbox = {.capacity = 1, .overflow = Overflow::conflate}, .memory_limit_bytes = 10'000});
  Sys sys(world_.runtime(), latest.pid());
  ASSERT_TRUE(sys.suspend());
  ASSERT_TRUE(latest.cast(Hoarder::Keep{"small"}));
  world_.run();
  ASSERT_TRUE(latest.cast(Hoarder::Keep{std::string(1'000, 'x')}));
  world_.run();
  ASSERT_TRUE(sys.resume());
  world_.run();
  EXPECT_TRUE(world_.alive(latest.pid()));
  EXPECT_EQ(world_.count(EventKind::limit_memory), 0U);
}

// catalogue 130
TEST_F(MemoryLimitTest, CountsTheMailThatWaits) {
  Sys sys(world_.runtime(), hoarder_.pid());
  ASSERT_TRUE(sys.suspend());
  for (int i = 0; i < 12; ++i) send(1'000);
  ASSERT_TRUE(sys.resume());
  EXPECT_FALSE(world_.alive(hoarder_.pid()));
  EXPECT_EQ(world_.events(EventKind::actor_exit).back().reason->kind(),
            ExitReason::Kind::memory_limit);
}

TEST_F(MemoryLimitTest, LetsAnActorLiveThatGivesMemoryBack) {
  for (int i = 0; i < 10; ++i) {
    send(9'000);
    ASSERT_TRUE(hoarder_.cast(Hoarder::Forget{}));
    world_.run();
  }
  EXPECT_TRUE(world_.alive(hoarder_.pid()));
}

}  // namespace
}  // namespace coppice::actors
