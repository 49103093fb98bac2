#include <gtest/gtest.h>

#include "actors/sys.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using support::Probe;
using support::run_in;
using testkit::World;

class SignalsTest : public testing::Test {
 protected:
  struct Someone {
    std::shared_ptr<Probe::Seen> seen = std::make_shared<Probe::Seen>();
    Ref<Probe> ref;
  };
  Someone someone(SpawnOptions options = {}) {
    Someone out;
    out.ref = world_.spawn_with<Probe>(std::move(options), out.seen);
    return out;
  }
  Someone trapping() { return someone({.trap_exits = true}); }
  void link(const Someone& a, const Someone& b) {
    run_in(world_, a.ref, [&](Probe& self) { self.link(b.ref.pid()); });
  }
  void exit(const Someone& who, ExitReason reason) {
    send_exit(world_.runtime(), {}, who.ref.pid(), std::move(reason));
    world_.run();
  }
  void end(const Someone& who, const ExitReason& reason) {
    run_in(world_, who.ref, [&](Probe& self) { self.stop(reason); });
  }
  bool alive(const Someone& who) { return world_.alive(who.ref.pid()); }

  World world_;
};

// catalogue 107
TEST_F(SignalsTest, ANormalExitSignalIsIgnored) {
  const Someone p = someone();
  exit(p, ExitReason::normal());
  EXPECT_TRUE(alive(p));
  exit(p, ExitReason::shutdown());
  EXPECT_FALSE(alive(p));
  EXPECT_EQ(p.seen->terminated, ExitReason::shutdown());
}

TEST_F(SignalsTest, ATrappingActorReceivesExitSignalsAsMessages) {
  const Someone p = trapping();
  exit(p, ExitReason::normal());
  exit(p, ExitReason::custom("x"));
  EXPECT_TRUE(alive(p));
  ASSERT_EQ(p.seen->exits.size(), 2U);
  EXPECT_EQ(p.seen->exits[0].reason, ExitReason::normal());
  EXPECT_EQ(p.seen->exits[1].reason, ExitReason::custom("x"));
}

TEST_F(SignalsTest, ALinkPassesAnAbnormalEndOnAndANormalOneNot) {
  const Someone a = someone();
  const Someone b = someone();
  const Someone c = someone();
  link(a, b);
  link(c, b);
  end(a, ExitReason::normal());
  EXPECT_TRUE(alive(b));
  end(c, ExitReason::custom("broken"));
  EXPECT_FALSE(alive(b));
  EXPECT_EQ(b.seen->terminated, ExitReason::custom("broken"));
}

TEST_F(SignalsTest, ALinkIsSymmetricAndIdempotent) {
  const Someone a = trapping();
  const Someone b = someone();
  link(a, b);
  link(a, b);
  link(b, a);
  end(b, ExitReason::custom("x"));
  EXPECT_EQ(a.seen->exits.size(), 1U);
}

TEST_F(SignalsTest, AnUnlinkedActorIsNotTold) {
  const Someone a = trapping();
  const Someone b = someone();
  link(a, b);
  run_in(world_, a.ref, [&](Probe& self) { self.unlink(b.ref.pid()); });
  end(b, ExitReason::custom("x"));
  EXPECT_TRUE(a.seen->exits.empty());
}

TEST_F(SignalsTest, ALinkToADeadActorSaysNoproc) {
  const Someone a = trapping();
  const Someone b = someone();
  world_.kill(b.ref.pid());
  link(a, b);
  ASSERT_EQ(a.seen->exits.size(), 1U);
  EXPECT_EQ(a.seen->exits[0].reason, ExitReason::noproc());
}

// catalogue 109
TEST_F(SignalsTest, AShardThatDoesNotExistSaysNoprocToMonitorsLinksAndInspections) {
  const Pid nobody(77, 5, 1);
  const Someone a = trapping();
  run_in(world_, a.ref, [&](Probe& self) {
    self.monitor(nobody);
    self.link(nobody);
  });
  ASSERT_EQ(a.seen->downs.size(), 1U);
  EXPECT_EQ(a.seen->downs[0].reason, ExitReason::noproc());
  ASSERT_EQ(a.seen->exits.size(), 1U);
  EXPECT_EQ(a.seen->exits[0].reason, ExitReason::noproc());
  EXPECT_EQ(world_.runtime().inspect(nobody, [](Cell&) {}).error(), Errc::noproc);
}

// catalogue 108
TEST_F(SignalsTest, AKillCanNotBeTrapped) {
  const Someone p = trapping();
  const Someone peer = trapping();
  link(peer, p);
  world_.kill(p.ref.pid());
  EXPECT_FALSE(alive(p));
  EXPECT_FALSE(p.seen->terminated) << "its hook did not run";
  ASSERT_EQ(peer.seen->exits.size(), 1U) << "but a linked actor can trap the end that it caused";
  EXPECT_EQ(peer.seen->exits[0].reason, ExitReason::killed());
  EXPECT_TRUE(alive(peer));
}

// catalogue 108
TEST_F(SignalsTest, AKillEndsLinkedActorsThatDoNotTrap) {
  const Someone p = someone();
  const Someone peer = someone();
  link(peer, p);
  world_.kill(p.ref.pid());
  EXPECT_FALSE(alive(peer));
  EXPECT_EQ(peer.seen->terminated, ExitReason::killed()) << "and their hook runs";
}

// catalogue 109
TEST_F(SignalsTest, AMonitorOfADeadActorSaysNoprocAtOnce) {
  const Someone watcher = someone();
  const Someone dead = someone();
  world_.kill(dead.ref.pid());
  run_in(world_, watcher.ref, [&](Probe& self) { self.monitor(dead.ref.pid()); });
  ASSERT_EQ(watcher.seen->downs.size(), 1U);
  EXPECT_EQ(watcher.seen->downs[0].reason, ExitReason::noproc());
}

// catalogue 109
TEST_F(SignalsTest, MonitorsAreStackable) {
  const Someone watcher = someone();
  const Someone other = someone();
  std::vector<MonitorId> ids;
  run_in(world_, watcher.ref, [&](Probe& self) {
    ids.push_back(self.monitor(other.ref.pid()));
    ids.push_back(self.monitor(other.ref.pid()));
  });
  end(other, ExitReason::custom("x"));
  ASSERT_EQ(watcher.seen->downs.size(), 2U);
  for (const Down& down : watcher.seen->downs) {
    EXPECT_TRUE(down.monitor == ids[0] || down.monitor == ids[1]);
    EXPECT_EQ(down.reason, ExitReason::custom("x"));
  }
  EXPECT_NE(watcher.seen->downs[0].monitor, watcher.seen->downs[1].monitor);
}

// catalogue 109
TEST_F(SignalsTest, ADemonitorSuppressesADownThatWaitsAlready) {
  const Someone watcher = someone();
  const Someone other = someone();
  MonitorId id{};
  run_in(world_, watcher.ref, [&](Probe& self) { id = self.monitor(other.ref.pid()); });
  Sys sys(world_.runtime(), watcher.ref.pid());
  ASSERT_TRUE(sys.suspend());
  world_.kill(other.ref.pid());
  ASSERT_TRUE(
      world_.runtime().inspect(watcher.ref.pid(), [id](Cell& cell) { cell.demonitor(id); }));
  ASSERT_TRUE(sys.resume());
  world_.run();
  EXPECT_TRUE(watcher.seen->downs.empty());
}

TEST_F(SignalsTest, TheEndOfAParentEndsItsChildrenEvenIfItIsNormal) {
  const Someone parent = someone();
  const auto seen = std::make_shared<Probe::Seen>();
  Ref<Probe> child;
  run_in(world_, parent.ref, [&](Probe& self) { child = self.spawn<Probe>({}, seen); });
  ASSERT_TRUE(world_.alive(child.pid()));
  end(parent, ExitReason::normal());
  EXPECT_FALSE(world_.alive(child.pid()));
  EXPECT_EQ(seen->terminated, ExitReason::normal());
}

TEST_F(SignalsTest, AnExitSignalOfTheParentEndsEvenWhoTraps) {
  const Someone parent = someone();
  const auto seen = std::make_shared<Probe::Seen>();
  Ref<Probe> child;
  run_in(world_, parent.ref,
         [&](Probe& self) { child = self.spawn<Probe>({.trap_exits = true}, seen); });
  run_in(world_, parent.ref,
         [&](Probe& self) { self.send_exit(child.pid(), ExitReason::custom("x")); });
  EXPECT_FALSE(world_.alive(child.pid()));
  EXPECT_TRUE(seen->exits.empty());
  EXPECT_EQ(seen->terminated, ExitReason::custom("x"));
}

TEST_F(SignalsTest, AParentHearsOfTheEndOfAChild) {
  const Someone parent = someone();
  Ref<Probe> child;
  run_in(world_, parent.ref, [&](Probe& self) { child = self.spawn<Probe>({}); });
  run_in(world_, child, [](Probe& self) { self.stop(ExitReason::custom("x")); });
  ASSERT_EQ(parent.seen->child_exits.size(), 1U);
  EXPECT_EQ(parent.seen->child_exits[0].pid, child.pid());
  EXPECT_EQ(parent.seen->child_exits[0].reason, ExitReason::custom("x"));
  EXPECT_TRUE(alive(parent));
}

TEST_F(SignalsTest, ANameIsFreeWhenItsOwnersDownArrives) {
  /// Looks the name up in its Down handler.
  class Looker final : public Server<Looker> {
   public:
    explicit Looker(bool* free) : free_(free) {}
    void handle(const Down& /*down*/) { *free_ = !runtime().registry().find("held").pid; }
    struct Watch {
      Pid pid;
    };
    void handle(Watch message) { monitor(message.pid); }

   private:
    bool* free_;
  };
  bool free = false;
  const auto holder = world_.spawn_with<Probe>({.name = "held"});
  const auto looker = world_.spawn<Looker>(&free);
  ASSERT_TRUE(looker.cast(Looker::Watch{holder.pid()}));
  world_.run();
  world_.kill(holder.pid());
  EXPECT_TRUE(free);
}

}  // namespace
}  // namespace coppice::actors
