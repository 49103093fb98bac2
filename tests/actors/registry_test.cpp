#include "actors/registry.hpp"

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using support::Probe;
using support::run_in;
using testkit::World;

const Pid kA(0, 1, 1);
const Pid kB(0, 2, 1);

Registry::Entry entry(Pid pid) { return {.pid = pid, .type = &type_tag<int>()}; }

TEST(Registry, GivesANameToOneOwner) {
  Registry registry;
  EXPECT_TRUE(registry.add_name("n", entry(kA)));
  EXPECT_TRUE(registry.add_name("n", entry(kA))) << "it is the owner's already";
  const auto refused = registry.add_name("n", entry(kB));
  EXPECT_EQ(refused.error(), Errc::already_registered);
  EXPECT_TRUE(refused.error().context.contains("<0.1.1>"));
  EXPECT_EQ(registry.find("n").pid, kA);
  EXPECT_EQ(registry.find("n").type, &type_tag<int>());
  EXPECT_FALSE(registry.find("m").pid);
}

TEST(Registry, LetsOnlyTheOwnerGiveANameUp) {
  Registry registry;
  ASSERT_TRUE(registry.add_name("n", entry(kA)));
  registry.remove_name("n", kB);
  EXPECT_EQ(registry.find("n").pid, kA);
  registry.remove_name("n", kA);
  EXPECT_FALSE(registry.find("n").pid);
  EXPECT_TRUE(registry.add_name("n", entry(kB)));
}

TEST(Registry, ListsNamesInOrder) {
  Registry registry;
  ASSERT_TRUE(registry.add_name("b", entry(kB)));
  ASSERT_TRUE(registry.add_name("a", entry(kA)));
  const auto names = registry.names();
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(names[0], (std::pair<std::string, Pid>("a", kA)));
}

TEST(Registry, KeepsGroupsWithoutDoubles) {
  Registry registry;
  registry.join("g", entry(kB));
  registry.join("g", entry(kA));
  registry.join("g", entry(kB));
  ASSERT_EQ(registry.members("g").size(), 2U);
  EXPECT_EQ(registry.members("g")[0].pid, kB) << "in the order of joining";
  registry.leave("g", kB);
  registry.leave("g", kB);
  registry.leave("nobody", kB);
  ASSERT_EQ(registry.members("g").size(), 1U);
  EXPECT_TRUE(registry.members("nobody").empty());
}

TEST(Names, BelongToALivingActorAndMeanItsSuccessor) {
  World world;
  const auto first = world.spawn<Probe>();
  run_in(world, first, [](Probe& self) {
    EXPECT_TRUE(self.register_name("desk"));
    EXPECT_TRUE(self.register_name("desk"));
    EXPECT_TRUE(self.register_name("second name"));
  });
  const Name<Probe> desk(world.runtime(), "desk");
  EXPECT_EQ(desk.resolve(), first.pid());
  const auto second = world.spawn<Probe>();
  run_in(world, second, [](Probe& self) {
    EXPECT_EQ(self.register_name("desk").error(), Errc::already_registered);
  });
  world.kill(first.pid());
  EXPECT_EQ(desk.resolve().error(), Errc::noproc);
  EXPECT_TRUE(world.runtime().registry().names().empty());
  run_in(world, second, [](Probe& self) { EXPECT_TRUE(self.register_name("desk")); });
  EXPECT_EQ(desk.resolve(), second.pid());
  run_in(world, second, [](Probe& self) { self.unregister_name("desk"); });
  EXPECT_EQ(desk.resolve().error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::actors
