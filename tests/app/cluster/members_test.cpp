#include "app/cluster/members.hpp"

#include <tuple>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "switchboard.hpp"

namespace coppice::app::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

/// One node: its link, its members, and what its presence has been told.
struct Node {
  Node(actors::testkit::World& where, Switchboard& board, const std::string& name,
       std::int64_t incarnation = 1)
      : world(where),
        parts(std::make_shared<LinkParts>(Sender{name, incarnation}, seal(), board.open(name))) {
    parts->handlers[Kind::status] = [this](const Sender& from, const std::string& body) {
      members.cast(Members::Heard{from, *status_from_json(body)}).ignore();
    };
    parts->handlers[Kind::farewell] = [this](const Sender& from, const std::string&) {
      members.cast(Members::Left{from}).ignore();
    };
    const auto root = world.runtime().root();
    const auto id = name + std::to_string(incarnation);
    link = world.spawn_with<Link>(
        {.place = root->child("link-" + id, actors::Place::Kind::worker, "")}, parts, slot);
    start_members("members-" + id);
  }

  void start_members(const std::string& id) {
    const auto place = world.runtime().root()->child(id, actors::Place::Kind::worker, "");
    members =
        world.spawn_with<Members>({.place = place}, std::make_shared<const Bus>(parts, slot),
                                  options(), known_to, std::make_shared<Members::Slot>("members"));
    world.run();
  }

  static std::shared_ptr<const Seal> seal() {
    static const auto kSeal = std::make_shared<const Seal>(std::string(64, 's'));
    return kSeal;
  }

  MembersOptions options() {
    return {.status = [this] { return status; },
            .presence_beats = [this] { ++beats; },
            .is_down = [this](const std::string& node) { down.push_back(node); },
            .is_gone = [this](const std::string& node) { gone.push_back(node); },
            .speaks = [this](std::int64_t common) { version = common; },
            .counted = [this](std::size_t up, std::size_t lost) { counted = {up, lost}; },
            .is_ending = [this] { return is_ending; }};
  }

  Names known(bool up = true) {
    Names names;
    const auto list = world.call(members, Members::List{});
    for (const auto& member : *list) {
      if (member.is_up == up) names.push_back(member.node.node);
    }
    return names;
  }

  void end() {
    is_ending = true;
    std::ignore = world.stop(members.pid());
    world.run();
    world.kill(link.pid());
  }
  void die() {
    world.kill(members.pid());
    world.kill(link.pid());
  }

  actors::testkit::World& world;
  Status status = [] {
    Status made;
    made.release = "1.0";
    made.region = "ams";
    return made;
  }();
  std::shared_ptr<LinkParts> parts;
  std::shared_ptr<Link::Slot> slot = std::make_shared<Link::Slot>("link");
  actors::Ref<Link> link;
  actors::Ref<Members> members;
  std::shared_ptr<Acquaintance> known_to = std::make_shared<Acquaintance>();
  std::int64_t version = 0;
  int beats = 0;
  std::pair<std::size_t, std::size_t> counted;
  Names down;
  Names gone;
  bool is_ending = false;
};

class MembersTest : public testing::Test {
 protected:
  Switchboard board_;  // outlives the links
  actors::testkit::World world_;
};

TEST_F(MembersTest, NodesFindEachOtherAsSoonAsOneStarts) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  EXPECT_EQ(a.known(), Names{"b"});
  EXPECT_EQ(b.known(), Names{"a"});
}

TEST_F(MembersTest, ShowsWhatANodeSaysOfItself) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  b.status.role = "primary";
  b.status.transaction = 12;
  world_.advance(seconds(1));
  const auto list = world_.call(a.members, Members::List{});
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().status.role, "primary");
  EXPECT_EQ(list->front().status.transaction, 12);
  EXPECT_EQ(list->front().status.region, "ams");
}

TEST_F(MembersTest, PresenceIsToldToBeatAlong) {
  Node a(world_, board_, "a");
  const int before = a.beats;
  world_.advance(seconds(3));
  EXPECT_EQ(a.beats, before + 3);
}

TEST_F(MembersTest, ASilentNodeIsDownAfterAWhileAndUpWhenItIsHeard) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  board_.fate = [](const std::string& from, const std::string&) {
    return from == "b" ? Switchboard::Fate::lost : Switchboard::Fate::delivered;
  };
  world_.advance(seconds(30));
  EXPECT_EQ(a.known(), Names{"b"});
  world_.advance(seconds(2));
  EXPECT_EQ(a.known(), Names{});
  EXPECT_EQ(a.known(false), Names{"b"});
  EXPECT_EQ(a.down.front(), "b");
  EXPECT_EQ(a.counted, std::pair(std::size_t{0}, std::size_t{1}));
  EXPECT_EQ(b.known(), Names{"a"});
  EXPECT_EQ(b.counted, std::pair(std::size_t{1}, std::size_t{0}));

  board_.fate = [](const std::string&, const std::string&) { return Switchboard::Fate::delivered; };
  world_.advance(seconds(1));
  EXPECT_EQ(a.known(), Names{"b"});
  EXPECT_EQ(a.gone, Names{});
}

TEST_F(MembersTest, ANodeThatStaysSilentIsForgotten) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  b.die();
  world_.advance(minutes(21));
  EXPECT_EQ(a.known(false), Names{});
  EXPECT_EQ(a.down.front(), "b");
  EXPECT_EQ(a.gone.front(), "b");
}

TEST_F(MembersTest, ANodeThatEndsSaysSo) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  b.end();
  EXPECT_EQ(a.known(), Names{});
  EXPECT_EQ(a.gone.front(), "b");
}

TEST_F(MembersTest, ANodeWhoseActorIsStoppedStays) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  std::ignore = world_.stop(b.members.pid());
  world_.run();
  EXPECT_EQ(a.known(), Names{"b"});
}

TEST_F(MembersTest, ANodeThatIsStartedAnewTakesThePlaceOfTheOldOne) {
  Node a(world_, board_, "a");
  Node first(world_, board_, "b", 1);
  first.die();
  Node second(world_, board_, "b", 2);
  const auto list = world_.call(a.members, Members::List{});
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().node.incarnation, 2);
}

TEST_F(MembersTest, TheFarewellOfAnEarlierStartDoesNotCount) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b", 2);
  ASSERT_TRUE(a.members.cast(Members::Left{{"b", 1}}));
  world_.run();
  EXPECT_EQ(a.known(), Names{"b"});
}

TEST_F(MembersTest, ANamesakeChangesNothing) {
  Node a(world_, board_, "a", 2);
  Node b(world_, board_, "b");
  ASSERT_TRUE(b.members.cast(Members::Heard{{"a", 1}, {}}));
  ASSERT_TRUE(b.members.cast(Members::Heard{{"b", 7}, {}}));
  world_.run();
  const auto list = world_.call(b.members, Members::List{});
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().status.release, "1.0");
}

TEST_F(MembersTest, ANodeWhoseClockHasBeenSetBackIsTakenInAnew) {
  Node a(world_, board_, "a");
  Node first(world_, board_, "b", 9);
  first.die();
  world_.advance(seconds(6));
  Node second(world_, board_, "b", 3);
  world_.advance(seconds(1));
  const auto list = world_.call(a.members, Members::List{});
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().node.incarnation, 3);
  EXPECT_EQ(a.gone.front(), "b");
}

TEST_F(MembersTest, WhoHasDiedWhileTheListWasRestartedIsNoticed) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  world_.kill(a.members.pid());
  b.die();
  a.start_members("members-again");
  world_.advance(seconds(32));
  EXPECT_EQ(a.known(false), Names{"b"});
  EXPECT_EQ(a.down.front(), "b");
}

TEST_F(MembersTest, ThatANodeIsDownIsToldAsLongAsItIs) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  b.die();
  world_.advance(seconds(32));
  const auto told = a.down.size();
  world_.advance(seconds(5));
  EXPECT_EQ(a.down.size(), told + 5);
}

TEST_F(MembersTest, ThatANodeIsGoneIsToldSeveralTimesUnlessItIsBack) {
  Node a(world_, board_, "a");
  Node b(world_, board_, "b");
  b.end();
  world_.advance(minutes(1));
  EXPECT_EQ(a.gone.size(), static_cast<std::size_t>(Members::kFarewells));
  Node again(world_, board_, "b", 2);
  again.end();
  Node third(world_, board_, "b", 3);
  const auto told = a.gone.size();
  world_.advance(minutes(1));
  EXPECT_EQ(a.gone.size(), told);
}

TEST_F(MembersTest, NodesSpeakWhatAllHaveInCommon) {
  Node a(world_, board_, "a");
  a.status.newest_version = 3;
  Node b(world_, board_, "b");
  b.status.newest_version = 2;
  world_.advance(seconds(1));
  EXPECT_EQ(a.version, 2);
  b.end();
  world_.advance(seconds(1));
  EXPECT_EQ(a.version, 3);
}

TEST_F(MembersTest, WhatCantBeSentIsCounted) {
  Node a(world_, board_, "a");
  const auto before = a.parts->traffic->unsent.load();
  board_.refuses = true;
  world_.advance(seconds(2));
  EXPECT_EQ(a.parts->traffic->unsent.load(), before + 2);
}

TEST_F(MembersTest, ALinkWhoseWireHasBeenGivenUpEnds) {
  Node a(world_, board_, "a");
  board_.refuses = true;
  world_.advance(seconds(1));
  EXPECT_TRUE(world_.runtime().stats(a.link.pid()));
  board_.given_up = "refused twice";
  world_.advance(seconds(1));
  EXPECT_FALSE(world_.runtime().stats(a.link.pid()));
}

TEST_F(MembersTest, WithoutALinkWhatIsToBeSentIsCounted) {
  Node a(world_, board_, "a");
  const auto before = a.parts->traffic->unsent.load();
  world_.kill(a.link.pid());
  world_.advance(seconds(1));
  EXPECT_EQ(a.parts->traffic->unsent.load(), before + 1);
}

TEST(StatusTest, IsReadAsItWasSaid) {
  Status status;
  status.release = "1.2";
  status.role = "replica";
  status.primary = "b:4001";
  status.transaction = 42;
  EXPECT_EQ(*status_from_json(to_json(status)), status);
}

TEST(StatusTest, OfALaterReleaseWhatIsKnownIsRead) {
  const auto status = status_from_json(R"({"release":"9","mood":{"good":true},"role":7})");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->release, "9");
  EXPECT_EQ(status->role, "");
  EXPECT_FALSE(status_from_json("[]"));
  EXPECT_FALSE(status_from_json("nonsense"));
}

TEST(StatusTest, WhoHasNothingInCommonHoldsNobodyBack) {
  Status own;
  own.oldest_version = 2;
  own.newest_version = 4;
  Status old;
  Status recent = own;
  recent.newest_version = 3;
  EXPECT_EQ(common_version(own, {}), 4);
  EXPECT_EQ(common_version(own, {old, recent}), 3);
}

TEST(StatusTest, ReleasesWithAVersionInCommonUnderstandEachOther) {
  const auto speaks = [](std::int64_t oldest, std::int64_t newest) {
    Status status;
    status.oldest_version = oldest;
    status.newest_version = newest;
    return status;
  };
  EXPECT_TRUE(understand_each_other(speaks(1, 1), speaks(1, 2)));
  EXPECT_TRUE(understand_each_other(speaks(2, 3), speaks(1, 2)));
  EXPECT_FALSE(understand_each_other(speaks(2, 3), speaks(1, 1)));
  EXPECT_FALSE(understand_each_other(speaks(1, 1), speaks(2, 3)));
}

}  // namespace
}  // namespace coppice::app::cluster
