// Topics whose members are only counted.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/presence_fixture.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::presence {
namespace {

using testkit::World;
using namespace std::chrono_literals;
using Counts = std::vector<std::uint64_t>;

class CountedTest : public testing::Test {
 protected:
  void quiet() { world_.advance(3s); }

  std::uint64_t count(const std::string& topic = "page") {
    const auto counted = world_.call(all_.presence, Presence::Count{topic});
    EXPECT_TRUE(counted);
    return counted.value_or(0);
  }

  void exchange(Presences& from, Presences& to) {
    for (auto& delta : std::exchange(from.deltas, {})) {
      ASSERT_TRUE(to.presence.cast(Presence::Merge{std::move(delta)}));
    }
    world_.run();
  }

  World world_{{.shards = 3, .seed = {}}};
  Presences all_{world_};
};

TEST_F(CountedTest, WhoJoinsIsToldTheCountOnce) {
  all_.start();
  const auto first = all_.view("page").second;
  world_.run();
  EXPECT_EQ(*first, Counts{1});
  const auto second = all_.view("page", 1).second;
  world_.advance(25ms);
  EXPECT_EQ(*second, Counts{2});
  EXPECT_EQ(*first, Counts{1});
  quiet();
  EXPECT_EQ(*first, (Counts{1, 2}));
}

TEST_F(CountedTest, ACountIsToldToAllAtMostOncePerRest) {
  all_.start();
  const auto watcher = all_.view("page").second;
  quiet();
  std::vector<Ref<Viewer>> others;
  for (std::uint32_t n = 0; n < 30; ++n) {
    others.push_back(all_.view("page", n % 3).first);
    world_.advance(100ms);  // 3 s in all
  }
  quiet();
  EXPECT_EQ(watcher->back(), 31U);
  EXPECT_LE(watcher->size(), 6U);
  for (const auto& other : others) ASSERT_TRUE(other.cast(Viewer::Leave{}));
  quiet();
  EXPECT_EQ(watcher->back(), 1U);
  EXPECT_LE(watcher->size(), 8U);
}

TEST_F(CountedTest, TheCountsOfOneMomentAreEncodedOnce) {
  all_.start();
  all_.view("page");
  world_.run();
  const auto before = all_.counts_encoded;
  for (std::uint32_t n = 0; n < 20; ++n) all_.view("page", n % 3);
  world_.advance(25ms);
  EXPECT_EQ(all_.counts_encoded, before + 1);
}

TEST_F(CountedTest, TopicsAreCountedEachForThemselves) {
  all_.start();
  const auto page = all_.view("page").second;
  const auto site = all_.view("site").second;
  const auto tracked = all_.roster->track(Pid(0, 1, 1), "page", "ann", "{}");  // not counted
  quiet();
  EXPECT_EQ(page->back(), 1U);
  EXPECT_EQ(site->back(), 1U);
  EXPECT_EQ(all_.list("site"), View{});
}

TEST_F(CountedTest, MembersAreUncountedHoweverTheirChannelEnds) {
  all_.start();
  const auto watcher = all_.view("page").second;
  const auto stopped = all_.view("page", 1).first;
  const auto killed = all_.view("page", 2).first;
  const auto crashed = all_.view("page", 2).first;
  quiet();
  EXPECT_EQ(watcher->back(), 4U);
  ASSERT_TRUE(world_.stop(stopped.pid()));
  world_.kill(killed.pid());
  world_.runtime().crash(crashed.pid(), "on purpose");
  quiet();
  EXPECT_EQ(watcher->back(), 1U);
}

TEST_F(CountedTest, WhoComesAndGoesWithinTheWindowIsNoChange) {
  all_.start();
  const auto watcher = all_.view("page").second;
  quiet();
  const auto told = watcher->size();
  all_.view("site");
  world_.run();  // the window is open
  ASSERT_TRUE(all_.view("page").first.cast(Viewer::Leave{}));
  quiet();
  EXPECT_EQ(watcher->size(), told);
}

TEST_F(CountedTest, TheLastToLeaveTakesTheTopicAlong) {
  all_.start();
  for (int n = 0; n < 100; ++n) {
    const auto viewer = all_.view("page" + std::to_string(n)).first;
    world_.run();
    ASSERT_TRUE(viewer.cast(Viewer::Leave{}));
  }
  quiet();
  EXPECT_EQ(all_.roster->counted_topics(), 0U);
  EXPECT_FALSE(world_.advance_to_next_timer());
  const auto known = world_.call(all_.presence, Presence::Extract{});
  ASSERT_TRUE(known);
  for (const auto& news : known->news) EXPECT_TRUE(news.counts.empty());
}

TEST_F(CountedTest, ThereAreNoMoreTopicsThanMayBe) {
  const auto roster = Roster::make(world_.runtime(), {.max_counted_topics = 2, .seed = {}});
  auto first = roster->count_in("a");
  const auto second = roster->count_in("b");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(roster->count_in("c").error(), Errc::overloaded);
  EXPECT_TRUE(roster->count_in("b"));
  EXPECT_EQ(roster->count_in("\xFF").error(), Errc::invalid_argument);
  EXPECT_EQ(roster->counted_topics(), 2U);
}

TEST_F(CountedTest, AHandleCountsOnceHoweverItIsMoved) {
  all_.start();
  auto one = all_.roster->count_in("page");
  auto two = all_.roster->count_in("page");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(count(), 2U);
  Counted moved = std::move(*one);
  EXPECT_FALSE(*one);
  EXPECT_EQ(count(), 2U);
  moved = std::move(*two);
  EXPECT_EQ(count(), 1U);
  moved.leave();
  moved.leave();
  EXPECT_FALSE(moved);
  EXPECT_EQ(count(), 0U);
}

TEST_F(CountedTest, ARestartOfPresenceTellsTheCountAsItIs) {
  const auto presence = all_.start();
  const auto watcher = all_.view("page").second;
  world_.run();
  const auto other = all_.view("page", 1).first;
  world_.advance(25ms);  // counted, but the watcher is yet to be told
  world_.kill(presence.pid());
  const auto third = all_.view("page", 2).second;
  all_.start(2);
  quiet();
  EXPECT_EQ(watcher->back(), 3U);
  EXPECT_EQ(third->back(), 3U);
  world_.kill(all_.presence.pid());
  world_.kill(other.pid());
  all_.start();
  quiet();
  EXPECT_EQ(watcher->back(), 2U);
}

TEST_F(CountedTest, TheLastLeaveWhilePresenceRestartsIsNotForgotten) {
  const auto presence = all_.start();
  const auto viewer = all_.view("page").first;
  quiet();
  world_.kill(presence.pid());
  world_.kill(viewer.pid());
  all_.start();
  quiet();
  EXPECT_EQ(count(), 0U);
  EXPECT_EQ(all_.roster->counted_topics(), 0U);
}

TEST_F(CountedTest, NodesAddUpTheirCounts) {
  Presences other(world_, "other");
  all_.start();
  other.start(1);
  const auto here = all_.view("page").second;
  const auto there = other.view("page", 1).second;
  const auto leaving = other.view("page", 1).first;
  quiet();
  exchange(other, all_);
  exchange(all_, other);
  quiet();
  EXPECT_EQ(here->back(), 3U);
  EXPECT_EQ(there->back(), 3U);

  ASSERT_TRUE(all_.presence.cast(Presence::NodeDown{"other"}));
  quiet();
  EXPECT_EQ(here->back(), 1U);
  ASSERT_TRUE(leaving.cast(Viewer::Leave{}));
  quiet();
  exchange(other, all_);
  quiet();
  EXPECT_EQ(here->back(), 2U);
  ASSERT_TRUE(all_.presence.cast(Presence::NodeGone{"other"}));
  quiet();
  EXPECT_EQ(here->back(), 1U);
}

TEST_F(CountedTest, ARestartOfPresenceRemembersOtherNodes) {
  Presences other(world_, "other");
  all_.start();
  other.start(1);
  const auto here = all_.view("page").second;
  other.view("page", 1);
  quiet();
  exchange(other, all_);
  quiet();
  EXPECT_EQ(here->back(), 2U);
  const auto told = here->size();
  world_.kill(all_.presence.pid());
  all_.start();
  quiet();
  for (std::size_t n = told; n < here->size(); ++n) EXPECT_EQ(here->at(n), 2U);
}

TEST_F(CountedTest, AMemberIsAHandleAndNothingMore) { EXPECT_LE(sizeof(Counted), 24U); }

}  // namespace
}  // namespace coppice::actors::presence
