#include "supervisor/tree.hpp"

#include <algorithm>
#include <iterator>
#include <latch>
#include <map>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using actors::Place;

class TreeTest : public SupervisionTest {
 protected:
  /// /top with the worker "a" and, below "pool", the dynamic workers "b#1" and "b#2".
  Ref<Supervisor> plant() {
    const auto top = start(Strategy::one_for_one, {child("a"), dynamic_supervisor_child("pool")});
    const Ref<DynamicSupervisor> pool(world_.runtime(), pid("pool"));
    add(pool, child("b"));
    add(pool, child("b", Restart::temporary));
    return top;
  }

  [[nodiscard]] TreeNode walk_all() { return walk(world_.runtime(), *world_.runtime().root()); }

  [[nodiscard]] Result<Inspection> look(const std::string& path) {
    return inspect(world_.runtime(), path);
  }
};

std::vector<std::string> paths_of(const TreeNode& node) {
  std::vector<std::string> out{node.place.path};
  for (const auto& child : node.children)
    std::ranges::copy(paths_of(child), std::back_inserter(out));
  return out;
}

// -- looking -------------------------------------------------------------------------------------

TEST_F(TreeTest, ShowsEveryPlaceInOrder) {
  plant();
  EXPECT_EQ(paths_of(walk_all()),
            (Entries{"/", "/top", "/top/a", "/top/pool", "/top/pool/b#1", "/top/pool/b#2"}));
}

TEST_F(TreeTest, CountsTheChildrenOfDynamicSupervisorsWhereThatIsEnough) {
  plant();
  const auto& runtime = world_.runtime();
  const TreeNode tree = walk(runtime, *runtime.root(), DynamicChildren::counted);
  EXPECT_EQ(paths_of(tree), (Entries{"/", "/top", "/top/a", "/top/pool"}));
  const TreeNode& top = tree.children.at(0);
  EXPECT_EQ(top.children.at(1).counted, 2U);
  EXPECT_FALSE(top.counted);
  EXPECT_FALSE(walk_all().children.at(0).children.at(1).counted);
}

TEST_F(TreeTest, ShowsWhoLivesThereAndHowItFares) {
  const auto top = plant();
  crash("a");
  world_.call(top, WhichChildren{}).value();
  const TreeNode tree = walk(world_.runtime(), *place_);
  EXPECT_EQ(tree.place.pid, top.pid());
  EXPECT_EQ(tree.place.state, Place::State::running);
  ASSERT_TRUE(tree.stats);
  EXPECT_GT(tree.stats->handled, 0);

  const TreeNode& a = tree.children.at(0);
  EXPECT_EQ(a.place.pid, pid("a"));
  EXPECT_EQ(a.place.epoch, 2);
  EXPECT_EQ(a.place.restarts, 1);
  EXPECT_EQ(a.place.kind, ChildType::worker);
  EXPECT_NE(a.place.description.find("permanent"), std::string::npos);
  ASSERT_TRUE(a.place.last_crash);
  EXPECT_EQ(a.place.last_crash->reason.to_string(), kBoom);
  ASSERT_TRUE(a.stats);
  EXPECT_EQ(a.stats->pid, a.place.pid);
  EXPECT_EQ(tree.children.at(1).place.kind, ChildType::dynamic_supervisor);
}

TEST_F(TreeTest, ShowsPlacesWhereNobodyLives) {
  const auto top = plant();
  must(world_.call(top, TerminateChild{"a"}));
  const TreeNode a = walk(world_.runtime(), *place_->find("a"));
  EXPECT_EQ(a.place.state, Place::State::stopped);
  EXPECT_FALSE(a.place.pid);
  EXPECT_FALSE(a.stats);
}

TEST_F(TreeTest, NeverShowsADeadIncarnation) {
  const auto top = plant();
  must(suspend(world_.runtime(), "/top"));  // it can't even notice
  crash("a");
  const TreeNode a = walk(world_.runtime(), *place_->find("a"));
  EXPECT_EQ(a.place.state, Place::State::restarting);
  EXPECT_FALSE(a.place.pid);
  world_.kill(top.pid());
  for (const auto& node : walk(world_.runtime(), *place_).children) {
    EXPECT_FALSE(node.place.pid) << node.place.path;
    EXPECT_EQ(node.place.state, Place::State::stopped) << node.place.path;
  }
}

TEST_F(TreeTest, HasARootThatCanBeAddressed) {
  const auto root = world_.spawn_with<Supervisor>({.place = world_.runtime().root()},
                                                  SupervisorSpec{.children = {child("w")}});
  const TreeNode tree = walk_all();
  EXPECT_EQ(tree.place.path, "/");
  EXPECT_EQ(tree.place.pid, root.pid());
  EXPECT_EQ(tree.children.at(0).place.path, "/w");
  must(restart(world_.runtime(), "/w"));
  EXPECT_EQ(starts("w"), 2);
}

// -- looking closely -----------------------------------------------------------------------------

TEST_F(TreeTest, TellsWhatAnActorIsDoing) {
  plant();
  const Pid a = pid("a");
  const Ref<TestWorker> worker(world_.runtime(), a);
  worker.cast(TestWorker::Sleep{1h}).ignore();
  world_.run();
  worker.cast(TestWorker::Crash{}).ignore();
  world_.advance(2s);
  worker.cast(TestWorker::End{ExitReason::normal()}).ignore();
  world_.advance(1s);

  const Inspection seen = must(look("/top/a"));
  EXPECT_EQ(seen.place.pid, a);
  ASSERT_TRUE(seen.stats);
  EXPECT_EQ(seen.stats->mailbox_depth, 2);
  ASSERT_TRUE(seen.insides);
  EXPECT_NE(seen.insides->type.find("TestWorker"), std::string::npos);
  ASSERT_EQ(seen.insides->mailbox.size(), 2);
  EXPECT_NE(seen.insides->mailbox[0].type.find("Crash"), std::string::npos);
  EXPECT_EQ(seen.insides->mailbox[0].waited, 3s);
  EXPECT_NE(seen.insides->mailbox[1].type.find("End"), std::string::npos);
  EXPECT_EQ(seen.insides->mailbox[1].waited, 1s);
  ASSERT_FALSE(seen.insides->awaiting.empty());
  EXPECT_NE(seen.insides->awaiting[0].find("test_worker.hpp"), std::string::npos);
}

TEST_F(TreeTest, TellsWhatASupervisorSaysOfItself) {
  plant();
  const Inspection seen = must(look("/top"));
  ASSERT_TRUE(seen.insides);
  EXPECT_NE(seen.insides->state.find("one_for_one, 2 children"), std::string::npos);
}

/// Is linked to one actor and monitors another.
class Acquaintance final : public actors::Server<Acquaintance> {
 public:
  Acquaintance(Pid linked, Pid monitored) : linked_(linked), monitored_(monitored) {}
  void init() {
    link(linked_);
    monitor(monitored_);
  }

 private:
  Pid linked_;
  Pid monitored_;
};

TEST_F(TreeTest, TellsWhomAnActorKnows) {
  plant();
  const Pid a = pid("a");
  const Pid b = pid("pool/b#1");
  ChildSpec knows = worker<Acquaintance>("knows", a, b);
  const Pid who = add(Ref<Supervisor>(world_.runtime(), place_->pid()), knows);
  EXPECT_EQ(must(look("/top/knows")).insides->links, std::vector{a});
  EXPECT_EQ(must(look("/top/knows")).insides->monitors, std::vector{b});
  EXPECT_EQ(must(look("/top/a")).insides->links, std::vector{who});
  EXPECT_EQ(must(look("/top/pool/b#1")).insides->monitored_by, std::vector{who});
}

TEST_F(TreeTest, FindsThePlacesOfThoseWhoLiveInTheTree) {
  const auto top = plant();
  const Pid a = pid("a");
  const Pid b = pid("pool/b#2");
  const Pid elsewhere = world_.spawn<Acquaintance>(a, a).pid();
  using Paths = std::map<Pid, std::string>;
  EXPECT_EQ(find_paths(world_.runtime(), {elsewhere, b, Pid(), a, top.pid(), a}),
            (Paths{{a, "/top/a"}, {b, "/top/pool/b#2"}, {top.pid(), "/top"}}));
  EXPECT_EQ(find_paths(world_.runtime(), {}), Paths());
  world_.kill(b);
  EXPECT_EQ(find_paths(world_.runtime(), {b}), Paths());
}

TEST_F(TreeTest, TellsWhatIsKnownOfAPlaceWhereNobodyLives) {
  const auto top = plant();
  crash("a");
  must(world_.call(top, TerminateChild{"a"}));
  const Inspection seen = must(look("/top/a"));
  EXPECT_EQ(seen.place.state, Place::State::stopped);
  EXPECT_TRUE(seen.place.last_crash);
  EXPECT_FALSE(seen.stats);
  EXPECT_EQ(seen.insides.error(), Errc::noproc);
  EXPECT_EQ(look("/top/x").error(), Errc::not_found);
}

// -- acting --------------------------------------------------------------------------------------

TEST_F(TreeTest, RestartsAChildByItsPath) {
  plant();
  const Pid a = pid("a");
  const Pid pool = pid("pool");
  must(restart(world_.runtime(), "/top/a"));
  EXPECT_NE(pid("a"), a);
  EXPECT_EQ(exit_reason(a), ExitReason::shutdown());
  EXPECT_EQ(pid("pool"), pool);
}

TEST_F(TreeTest, RestartsADynamicChildByItsPath) {
  plant();
  const Pid b = pid("pool/b#1");
  must(restart(world_.runtime(), "/top/pool/b#1"));
  EXPECT_NE(pid("pool/b#1"), b);
  EXPECT_TRUE(world_.alive(pid("pool/b#1")));
}

TEST_F(TreeTest, RestartsAWholeSubtree) {
  plant();
  const Pid pool = pid("pool");
  must(restart(world_.runtime(), "top/pool"));
  EXPECT_NE(pid("pool"), pool);
  EXPECT_TRUE(place_->find("pool")->children().empty());
}

TEST_F(TreeTest, StartsWhatHadBeenStopped) {
  plant();
  must(stop_child(world_.runtime(), "/top/a"));
  EXPECT_EQ(place_->find("a")->state(), Place::State::stopped);
  must(restart(world_.runtime(), "/top/a"));
  EXPECT_TRUE(world_.alive(pid("a")));
}

TEST_F(TreeTest, ReachesADynamicChildThatWaitsForItsBackoff) {
  const auto pool = start_dynamic();
  ChildSpec slow = child("a");
  slow.backoff = Backoff{.min = 1h, .max = 1h};
  crash(add(pool, slow));
  crash(add(pool, slow));
  ASSERT_EQ(place_->find("a#1")->state(), Place::State::restarting);
  must(restart(world_.runtime(), "/top/a#1"));
  EXPECT_TRUE(world_.alive(pid("a#1")));
  must(stop_child(world_.runtime(), "/top/a#2"));
  EXPECT_EQ(counts(pool).specs, 1);
}

TEST_F(TreeTest, StopsADynamicChildForGood) {
  plant();
  const Pid b = pid("pool/b#2");
  must(stop_child(world_.runtime(), "/top/pool/b#2"));
  EXPECT_EQ(exit_reason(b), ExitReason::shutdown());
  EXPECT_EQ(place_->find("pool/b#2"), nullptr);
}

TEST_F(TreeTest, SaysWhyItCannotRestart) {
  auto& runtime = world_.runtime();
  plant();
  EXPECT_EQ(restart(runtime, "/top/x").error(), Errc::not_found);
  EXPECT_EQ(restart(runtime, "/").error(), Errc::invalid_argument);
  EXPECT_FALSE(restart(runtime, "/top")) << "nobody supervises it here";
  EXPECT_EQ(restart(runtime, "/top/pool/b#2").error(), Errc::invalid_argument) << "temporary";
  script("a")->next_starts = {Starting::stop};
  EXPECT_EQ(restart(runtime, "/top/a").error(), Errc::start_failed);
  world_.run();
  EXPECT_TRUE(world_.alive(pid("a"))) << "it was tried again";
  must(stop_child(runtime, "/top/pool"));
  EXPECT_EQ(restart(runtime, "/top/pool/b#1").error(), Errc::not_found);
}

/// Keeps a child of its own making.
class OwnSupervisor final : public actors::Server<OwnSupervisor> {
 public:
  explicit OwnSupervisor(ChildSpec child) : child_(std::move(child)) {}
  actors::Task<void> init() {
    actors::SpawnOptions options;
    options.place = cell().place()->add_child(child_.id, ChildType::worker, "");
    std::ignore = co_await actors::start_actor(child_.start, options);
  }

 private:
  ChildSpec child_;
};

TEST_F(TreeTest, DoesNotGiveOrdersToThoseWhoDoNotTakeThem) {
  const Pid own = world_.spawn_with<OwnSupervisor>({.place = place_}, child("a")).pid();
  ASSERT_TRUE(world_.alive(pid("a")));
  EXPECT_EQ(restart(world_.runtime(), "/top/a").error(), Errc::wrong_type);
  EXPECT_EQ(stop_child(world_.runtime(), "/top/a").error(), Errc::wrong_type);
  EXPECT_TRUE(world_.alive(own));
}

TEST_F(TreeTest, SuspendsAndResumes) {
  auto& runtime = world_.runtime();
  plant();
  const Ref<TestWorker> a(runtime, pid("a"));
  must(suspend(runtime, "/top/a"));
  a.cast(TestWorker::End{ExitReason::normal()}).ignore();
  EXPECT_TRUE(world_.alive(a.pid()));
  EXPECT_EQ(walk(runtime, *place_->find("a")).stats->state, actors::ActorState::suspended);
  must(resume(runtime, "/top/a"));
  EXPECT_FALSE(world_.alive(a.pid()));
  EXPECT_EQ(suspend(runtime, "/top/x").error(), Errc::not_found);
  EXPECT_EQ(resume(runtime, "/top/x").error(), Errc::not_found);
}

TEST_F(TreeTest, GivesUpOnASuspendedSupervisor) {
  plant();
  must(suspend(world_.runtime(), "/top"));
  EXPECT_EQ(restart(world_.runtime(), "/top/a", 1s).error(), Errc::timeout);
}

// -- with threads --------------------------------------------------------------------------------

/// Blocks its shard until it is let go.
class Stuck final : public actors::Server<Stuck> {
 public:
  struct Latches {
    std::latch entered{1};
    std::latch leave{1};
  };
  struct Block {};

  explicit Stuck(std::shared_ptr<Latches> latches) : latches_(std::move(latches)) {}
  void handle(Block /*message*/) {
    latches_->entered.count_down();
    latches_->leave.wait();
  }

 private:
  std::shared_ptr<Latches> latches_;
};

TEST(TreeOfThreads, CanBeSeenWhileEveryShardIsStuck) {
  actors::Runtime runtime({.shards = 1});
  const auto latches = std::make_shared<Stuck::Latches>();
  const SupervisorSpec spec{.children = {worker<Stuck>("stuck", latches)}};
  ASSERT_TRUE(actors::spawn<Supervisor>(runtime, {.place = runtime.root()}, spec));
  const auto stuck = runtime.root()->find("stuck");
  actors::ChildRef<Stuck>(runtime, stuck).cast(Stuck::Block{}).ignore();
  latches->entered.wait();

  const TreeNode tree = walk(runtime, *runtime.root());
  EXPECT_EQ(tree.children.at(0).place.pid, stuck->pid());
  EXPECT_TRUE(tree.children.at(0).stats);
  const auto seen = inspect(runtime, "/stuck", 1ms);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->place.state, Place::State::running);
  EXPECT_EQ(seen->insides.error(), Errc::timeout);
  EXPECT_EQ(restart(runtime, "/stuck", 1ms).error(), Errc::timeout);

  latches->leave.count_down();
  EXPECT_TRUE(inspect(runtime, "/stuck", 1min)->insides);
  EXPECT_TRUE(restart(runtime, "/stuck", 1min));
}

}  // namespace
}  // namespace coppice::supervisor
