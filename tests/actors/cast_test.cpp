#include <any>
#include <string>

#include <gtest/gtest.h>

#include "actors/groups.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using support::Probe;
using support::run_in;
using testkit::Journal;
using testkit::Order;
using testkit::World;

/// Writes down what it gets, and passes it on if it was told to whom.
class Scribe final : public Server<Scribe> {
 public:
  struct Note {
    std::string text;
  };
  struct PassOn {
    Ref<Scribe> to;
    std::string text;
  };

  explicit Scribe(std::shared_ptr<Journal> journal, std::string name = "")
      : journal_(std::move(journal)), name_(std::move(name)) {}

  void handle(const Note& message) { journal_->add(name_ + message.text); }
  void handle(const PassOn& message) {
    journal_->add(name_ + "before");
    EXPECT_TRUE(message.to.cast(Note{message.text}));
    journal_->add(name_ + "after");
  }

 private:
  std::shared_ptr<Journal> journal_;
  std::string name_;
};

using Entries = std::vector<std::string>;

class CastTest : public testing::Test {
 protected:
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  World world_;
};

TEST_F(CastTest, KeepsTheOrderOfASender) {
  const auto scribe = world_.spawn<Scribe>(journal_);
  for (const char* text : {"one", "two", "three"}) {
    ASSERT_TRUE(scribe.cast(Scribe::Note{text}));
  }
  EXPECT_TRUE(journal_->entries().empty()) << "nothing runs inside cast";
  world_.run();
  EXPECT_EQ(journal_->entries(), (Entries{"one", "two", "three"}));
}

// catalogue 96
TEST_F(CastTest, ReturnsAtOnceWithAStatus) {
  const auto dead = world_.spawn<Scribe>(journal_);
  world_.kill(dead.pid());
  EXPECT_EQ(dead.cast(Scribe::Note{"x"}).error(), Errc::noproc);
  EXPECT_EQ(Ref<Scribe>(world_.runtime(), Pid()).cast(Scribe::Note{"x"}).error(), Errc::noproc);
  EXPECT_EQ(Ref<Scribe>(world_.runtime(), Pid(77, 5, 1)).cast(Scribe::Note{"x"}).error(),
            Errc::noproc)
      << "a shard that doesn't exist";
  EXPECT_EQ(Name<Scribe>(world_.runtime(), "nobody").cast(Scribe::Note{"x"}).error(), Errc::noproc);

  world_.spawn_with<Probe>({.name = "probe"});
  EXPECT_EQ(Name<Scribe>(world_.runtime(), "probe").cast(Scribe::Note{"x"}).error(),
            Errc::wrong_type);

  const auto small = world_.spawn_with<Scribe>({.mailbox = {.capacity = 2}}, journal_);
  EXPECT_TRUE(small.cast(Scribe::Note{"1"}));
  EXPECT_TRUE(small.cast(Scribe::Note{"2"}));
  EXPECT_EQ(small.cast(Scribe::Note{"3"}).error(), Errc::overloaded);
  world_.run();
  EXPECT_EQ(journal_->entries(), (Entries{"1", "2"}));
}

// catalogue 96
TEST_F(CastTest, FromAnActorReturnsAtOnceWithAStatus) {
  const auto dead = world_.spawn<Scribe>(journal_);
  world_.kill(dead.pid());
  const auto small = world_.spawn_with<Scribe>({.mailbox = {.capacity = 1}}, journal_);
  const auto probe = world_.spawn<Probe>();
  run_in(world_, probe, [&](Probe& self) {
    EXPECT_EQ(dead.cast(Scribe::Note{"x"}).error(), Errc::noproc);
    EXPECT_TRUE(small.cast(Scribe::Note{"1"}));
    EXPECT_EQ(small.cast(Scribe::Note{"2"}).error(), Errc::overloaded);
    EXPECT_TRUE(self.self().cast(Probe::Do{[](Probe&) {}})) << "to oneself";
  });
  EXPECT_EQ(journal_->entries(), Entries{"1"});
}

// catalogue 125
TEST_F(CastTest, NeverRunsTheReceiverInsideTheSender) {
  const auto b = world_.spawn<Scribe>(journal_, "b ");
  const auto a = world_.spawn<Scribe>(journal_, "a ");
  ASSERT_TRUE(a.cast(Scribe::PassOn{b, "got it"}));
  world_.run();
  EXPECT_EQ(journal_->entries(), (Entries{"a before", "a after", "b got it"}));
}

TEST_F(CastTest, ReachesAnotherShardInOrder) {
  World world({.shards = 2, .order = Order::random});
  SCOPED_TRACE(world.seed());
  const auto there =
      world.spawn_with<Scribe>({.placement = Placement::shard(1)}, journal_, std::string());
  const auto here = world.spawn_with<Probe>({.placement = Placement::shard(0)});
  run_in(world, here, [&](Probe&) {
    for (const char* text : {"one", "two", "three"}) {
      EXPECT_TRUE(there.cast(Scribe::Note{text}));
    }
  });
  EXPECT_EQ(journal_->entries(), (Entries{"one", "two", "three"}));
}

TEST_F(CastTest, OfAnInfoReachesAnActorOfUnknownType) {
  const auto seen = std::make_shared<Probe::Seen>();
  const auto probe = world_.spawn<Probe>(seen);
  ASSERT_TRUE(send_info(world_.runtime(), probe.pid(), 5));
  world_.run();
  EXPECT_EQ(seen->infos, std::vector<std::string>{"int"});
}

class GroupTest : public CastTest {
 protected:
  /// A scribe that has joined.
  Ref<Scribe> member(const std::string& name, SpawnOptions options = {}) {
    const auto scribe = world_.spawn_with<Scribe>(std::move(options), journal_, name);
    EXPECT_TRUE(world_.runtime()
                    .inspect(scribe.pid(), [](Cell& cell) { cell.join_group("scribes"); })
                    .has_value());
    return scribe;
  }
  std::size_t tell(const std::string& text) {
    const std::size_t taken =
        cast_to_group<Scribe>(world_.runtime(), "scribes", Scribe::Note{text});
    world_.run();
    return taken;
  }
};

TEST_F(GroupTest, GetsAMessageOncePerMember) {
  member("a ");
  const auto b = member("b ");
  ASSERT_TRUE(world_.runtime()
                  .inspect(b.pid(), [](Cell& cell) { cell.join_group("scribes"); })
                  .has_value());
  EXPECT_EQ(tell("hello"), 2U);
  EXPECT_EQ(journal_->entries(), (Entries{"a hello", "b hello"}));
}

TEST_F(GroupTest, LosesItsMembersWhenTheyEnd) {
  const auto a = member("a ");
  member("b ");
  world_.kill(a.pid());
  EXPECT_EQ(tell("hello"), 1U);
  EXPECT_EQ(journal_->entries(), Entries{"b hello"});
  EXPECT_EQ(members<Scribe>(world_.runtime(), "scribes").size(), 1U);
}

TEST_F(GroupTest, SendsToMembersOfTheRightTypeOnly) {
  member("a ");
  const auto probe = world_.spawn<Probe>();
  run_in(world_, probe, [](Probe& self) { self.join_group("scribes"); });
  EXPECT_EQ(tell("hello"), 1U);
  EXPECT_TRUE(world_.alive(probe.pid()));
  run_in(world_, probe, [](Probe& self) { self.leave_group("scribes"); });
  EXPECT_EQ(world_.runtime().registry().members("scribes").size(), 1U);
}

TEST_F(GroupTest, CountsNobodyWhoseMailboxIsFull) {
  const auto small = member("a ", {.mailbox = {.capacity = 1}});
  ASSERT_TRUE(small.cast(Scribe::Note{"first"}));
  EXPECT_EQ(tell("hello"), 0U);
  EXPECT_EQ(cast_to_group<Scribe>(world_.runtime(), "nobody", Scribe::Note{"x"}), 0U);
}

}  // namespace
}  // namespace coppice::actors
