#include "actors/pid.hpp"

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using support::Probe;
using testkit::World;

TEST(Pid, PacksItsPartsWithoutLoss) {
  const Pid pid(Pid::kMaxShard, Pid::kMaxSlot, Pid::kMaxGeneration);
  EXPECT_EQ(pid.shard(), Pid::kMaxShard);
  EXPECT_EQ(pid.slot(), Pid::kMaxSlot);
  EXPECT_EQ(pid.generation(), Pid::kMaxGeneration);
  EXPECT_EQ(Pid::from_bits(pid.bits()), pid);
  EXPECT_EQ(to_string(Pid(1, 2, 3)), "<1.2.3>");
  EXPECT_EQ(to_string(Pid()), "<none>");
  EXPECT_FALSE(Pid());
}

// catalogue 112
TEST(Pid, OfADeadActorNeverMeansTheOneThatTookItsSlot) {
  World world;
  const auto old = world.spawn<Probe>();
  world.kill(old.pid());
  Ref<Probe> young;
  const auto seen = std::make_shared<Probe::Seen>();
  // Slots are reused, though not in an order to rely on.
  for (int i = 0; i < 100 && (!young || young.pid().slot() != old.pid().slot()); ++i) {
    if (young) world.kill(young.pid());
    young = world.spawn<Probe>(seen);
  }
  ASSERT_EQ(young.pid().slot(), old.pid().slot());
  EXPECT_NE(young.pid(), old.pid());
  EXPECT_EQ(old.cast(Probe::Do{[](Probe& self) { self.stop(); }}).error(), Errc::noproc);
  EXPECT_EQ(world.call(old, Probe::Ping{}).error(), Errc::noproc);
  EXPECT_EQ(send_info(world.runtime(), old.pid(), 1).error(), Errc::noproc);
  send_exit(world.runtime(), {}, old.pid(), ExitReason::shutdown());
  world.kill(old.pid());
  EXPECT_TRUE(world.alive(young.pid()));
  EXPECT_TRUE(seen->infos.empty());
  EXPECT_FALSE(world.runtime().stats(old.pid()));
}

}  // namespace
}  // namespace coppice::actors
