#include "actors/presence/presence.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/presence_fixture.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::presence {
namespace {

using testkit::Order;
using testkit::World;
using namespace std::chrono_literals;

class PresenceTest : public testing::Test {
 protected:
  /// Ends the window in which changes are announced together.
  void quiet() { world_.advance(1s); }

  std::vector<std::string> keys(const Entries& entries) {
    std::vector<std::string> out;
    for (const auto& entry : entries) out.push_back(entry->key);
    return out;
  }
  using Keys = std::vector<std::string>;

  World world_{{.shards = 3, .seed = {}}};
  Presences all_{world_};
};

TEST_F(PresenceTest, AJoiningClientGetsAStateWithItselfAndOthersADiff) {
  all_.start();
  const auto [ann, anns] = all_.join("room", "ann", 1);
  quiet();
  const auto [bob, bobs] = all_.join("room", "bob", 2);
  quiet();

  EXPECT_EQ(anns->states, 1U);
  EXPECT_EQ(anns->diffs, 1U);
  EXPECT_EQ(bobs->states, 1U);
  EXPECT_EQ(bobs->diffs, 0U);
  EXPECT_EQ(anns->fold.view(), bobs->fold.view());
  EXPECT_EQ(anns->fold.view().at("room").size(), 2U);
  ASSERT_EQ(all_.published.size(), 2U);
  EXPECT_EQ(keys(all_.published.at(1).joins), Keys{"bob"});
  EXPECT_TRUE(all_.published.at(1).leaves.empty());
}

TEST_F(PresenceTest, AChangeAfterAQuietTimeIsAnnouncedAtOnce) {
  all_.start();
  all_.join("room", "ann");
  world_.run();
  EXPECT_EQ(all_.published.size(), 1U);
}

TEST_F(PresenceTest, ChangesWithinTheWindowAreOneDiffPerTopic) {
  all_.start();
  all_.join("room", "ann");
  world_.run();
  const auto [bob, bobs] = all_.join("room", "bob");
  all_.join("room", "eve");
  all_.join("hall", "dan");
  world_.run();
  EXPECT_EQ(all_.published.size(), 1U);
  EXPECT_EQ(bobs->states, 0U);

  world_.advance(25ms);
  ASSERT_EQ(all_.published.size(), 3U);
  EXPECT_EQ(all_.published.at(1).topic, "hall");
  EXPECT_EQ(keys(all_.published.at(2).joins), (Keys{"bob", "eve"}));
  EXPECT_EQ(bobs->states, 1U);
  EXPECT_EQ(bobs->fold.view().at("room").size(), 3U);
}

TEST_F(PresenceTest, AnIdlePresenceSetsNoTimer) {
  all_.start();
  all_.join("room", "ann");
  quiet();
  EXPECT_FALSE(world_.advance_to_next_timer());
}

TEST_F(PresenceTest, TheStatesOfOneMomentAreEncodedOnce) {
  all_.start();
  all_.join("room", "ann");
  world_.run();
  for (const char* key : {"b", "c", "d"}) all_.join("room", key);
  quiet();
  EXPECT_EQ(all_.states_encoded, 2U);
}

TEST_F(PresenceTest, WhoComesAndGoesWithinTheWindowIsNeverMentioned) {
  all_.start();
  const auto [ann, anns] = all_.join("room", "ann");
  world_.run();
  const auto [bob, bobs] = all_.join("room", "bob");
  ASSERT_TRUE(bob.cast(Channel::Leave{}));
  quiet();
  EXPECT_EQ(all_.published.size(), 1U);
  EXPECT_EQ(anns->diffs, 0U);
}

TEST_F(PresenceTest, AnUpdateIsOneDiffWithBothVersions) {
  all_.start();
  const auto [ann, anns] = all_.join("room", "ann");
  quiet();
  ASSERT_TRUE(ann.cast(Channel::Update{R"({"typing":true})"}));
  quiet();

  ASSERT_EQ(all_.published.size(), 2U);
  const Diff& diff = all_.published.back();
  ASSERT_EQ(diff.joins.size(), 1U);
  ASSERT_EQ(diff.leaves.size(), 1U);
  EXPECT_EQ(diff.joins.front()->meta, R"({"typing":true})");
  EXPECT_EQ(diff.joins.front()->previous, diff.leaves.front()->ref);
  EXPECT_EQ(anns->fold.view().at("room").at("ann").size(), 1U);
}

TEST_F(PresenceTest, SeveralUpdatesWithinTheWindowAreOne) {
  all_.start();
  const auto [ann, anns] = all_.join("room", "ann");
  quiet();
  for (const char* meta : {R"({"n":1})", R"({"n":2})", R"({"n":3})"}) {
    ASSERT_TRUE(ann.cast(Channel::Update{meta}));
    world_.run();
  }
  quiet();
  ASSERT_EQ(all_.published.size(), 3U);  // the first at once, the others together
  const Diff& diff = all_.published.back();
  EXPECT_EQ(diff.joins.front()->meta, R"({"n":3})");
  EXPECT_EQ(diff.joins.front()->previous, diff.leaves.front()->ref);
  EXPECT_EQ(diff.leaves.front()->meta, R"({"n":1})");
}

TEST_F(PresenceTest, SeveralMembersUnderOneKeyLeaveOneByOne) {
  all_.start();
  const auto [phone, phones] = all_.join("room", "ann");
  const auto [laptop, laptops] = all_.join("room", "ann", 1);
  quiet();
  EXPECT_EQ(all_.list("room").at("room").at("ann").size(), 2U);
  ASSERT_TRUE(phone.cast(Channel::Leave{}));
  quiet();
  EXPECT_EQ(all_.list("room").at("room").at("ann").size(), 1U);
  ASSERT_TRUE(laptop.cast(Channel::Leave{}));
  quiet();
  EXPECT_EQ(all_.list("room"), View{});
}

TEST_F(PresenceTest, MembersVanishHoweverTheirChannelEnds) {
  all_.start();
  const auto [watcher, seen] = all_.join("room", "watcher");
  const auto stopped = all_.join("room", "stopped", 1).first;
  const auto killed = all_.join("room", "killed", 2).first;
  const auto crashed = all_.join("room", "crashed", 2).first;
  quiet();
  EXPECT_EQ(seen->fold.view().at("room").size(), 4U);

  ASSERT_TRUE(world_.stop(stopped.pid()));
  world_.kill(killed.pid());
  world_.runtime().crash(crashed.pid(), "on purpose");
  quiet();
  EXPECT_EQ(seen->fold.view().at("room").size(), 1U);
  EXPECT_EQ(all_.roster->count(), 1U);
}

TEST_F(PresenceTest, KeepsNothingOfWhoHasLeft) {
  all_.start();
  auto tracked = all_.roster->track(Pid(0, 1, 1), "room", "ann", "{}");
  ASSERT_TRUE(tracked);
  quiet();
  const std::weak_ptr<const Entry> ann = tracked->entry();
  tracked->untrack();
  quiet();
  all_.published.clear();
  all_.deltas.clear();
  EXPECT_TRUE(ann.expired());
}

TEST_F(PresenceTest, ListAnswersWithTheAskersOwnChanges) {
  all_.start();
  all_.join("room", "ann");
  all_.join("room", "bob");
  EXPECT_EQ(all_.list("room").at("room").size(), 2U);
  EXPECT_EQ(all_.list("elsewhere"), View{});
}

TEST_F(PresenceTest, ARestartCostsNobodyAnything) {
  const auto first = all_.start();
  const auto [ann, anns] = all_.join("room", "ann", 1);
  const auto [bob, bobs] = all_.join("room", "bob", 2);
  quiet();
  const View before = anns->fold.view();
  const auto published = all_.published.size();
  world_.kill(first.pid());

  all_.start(2);
  quiet();
  EXPECT_EQ(all_.published.size(), published);
  EXPECT_EQ(all_.list("room"), before);
  const auto [eve, eves] = all_.join("room", "eve");
  quiet();
  EXPECT_EQ(anns->fold.view().at("room").size(), 3U);
  EXPECT_EQ(eves->fold.view(), anns->fold.view());
}

TEST_F(PresenceTest, WhatHappensDuringARestartIsToldAfterIt) {
  const auto first = all_.start();
  const auto [ann, anns] = all_.join("room", "ann");
  const auto [bob, bobs] = all_.join("room", "bob", 1);
  quiet();
  world_.kill(first.pid());

  world_.kill(bob.pid());
  ASSERT_TRUE(ann.cast(Channel::Update{}));
  const auto [eve, eves] = all_.join("room", "eve", 2);
  quiet();
  EXPECT_EQ(eves->states, 0U);

  all_.start();
  quiet();
  EXPECT_EQ(eves->states, 1U);
  EXPECT_EQ(anns->fold.view(), eves->fold.view());
  EXPECT_EQ(anns->fold.view().at("room").size(), 2U);
  EXPECT_EQ(anns->fold.view().at("room").at("ann").size(), 1U);
}

TEST_F(PresenceTest, WhatItsCrashWithheldIsTold) {
  const auto first = all_.start();
  const auto [ann, anns] = all_.join("room", "ann");
  world_.run();
  all_.join("room", "bob", 1);  // within the window
  world_.run();
  world_.kill(first.pid());
  all_.start();
  quiet();
  EXPECT_EQ(anns->fold.view().at("room").size(), 2U);
}

TEST_F(PresenceTest, ANewIncarnationIsANewReplica) {
  const auto first = all_.start();
  all_.join("room", "ann");
  quiet();
  const auto old = world_.call(first, Presence::Extract{});
  world_.kill(first.pid());
  const auto second = all_.start();
  const auto now = world_.call(second, Presence::Extract{});
  ASSERT_TRUE(old && now);
  EXPECT_EQ(now->from.node, old->from.node);
  EXPECT_GT(now->from.epoch, old->from.epoch);
}

TEST_F(PresenceTest, NodesThatExchangeTheirDeltasShowTheSame) {
  Presences other(world_, "other");
  all_.start();
  other.start(1);
  const auto [ann, anns] = all_.join("room", "ann");
  const auto [bob, bobs] = other.join("room", "bob", 1);
  quiet();
  const auto exchange = [&](Presences& from, Presences& to) {
    for (auto& delta : std::exchange(from.deltas, {})) {
      ASSERT_TRUE(to.presence.cast(Presence::Merge{std::move(delta)}));
    }
    quiet();
  };
  exchange(all_, other);
  exchange(other, all_);
  EXPECT_EQ(all_.list("room").at("room").size(), 2U);
  EXPECT_EQ(all_.list("room"), other.list("room"));
  EXPECT_EQ(anns->fold.view(), bobs->fold.view());

  ASSERT_TRUE(other.presence.cast(Presence::NodeDown{"local"}));
  quiet();
  EXPECT_EQ(other.list("room").at("room").size(), 1U);
  ASSERT_TRUE(ann.cast(Channel::Update{}));
  quiet();
  exchange(all_, other);
  EXPECT_EQ(all_.list("room"), other.list("room"));
  EXPECT_EQ(anns->fold.view(), bobs->fold.view());
}

TEST_F(PresenceTest, ANodeThatHasMissedSomethingAsksForItAndIsAnswered) {
  Presences other(world_, "other");
  all_.start();
  other.start(1);
  all_.join("room", "ann");
  quiet();
  all_.deltas.clear();  // lost on the way
  ASSERT_TRUE(all_.presence.cast(Presence::Beat{}));
  quiet();
  ASSERT_EQ(all_.beats.size(), 1U);
  const auto [replica, position] = all_.beats.back();
  ASSERT_TRUE(other.presence.cast(Presence::Heard{replica, position}));
  quiet();
  ASSERT_EQ(other.asked, std::vector<std::string>{"local"});
  ASSERT_TRUE(other.presence.cast(Presence::Heard{replica, position}));
  quiet();
  EXPECT_EQ(other.asked.size(), 1U) << "the answer may be under way";
  world_.advance(std::chrono::seconds(4));
  ASSERT_TRUE(other.presence.cast(Presence::Heard{replica, position}));
  quiet();
  EXPECT_EQ(other.asked.size(), 2U);

  ASSERT_TRUE(all_.presence.cast(Presence::Asked{"other"}));
  quiet();
  ASSERT_EQ(all_.answers.size(), 1U);
  EXPECT_EQ(all_.answers.back().first, "other");
  ASSERT_TRUE(other.presence.cast(Presence::Merge{all_.answers.back().second}));
  quiet();
  EXPECT_EQ(other.list("room"), all_.list("room"));
  world_.advance(std::chrono::seconds(4));
  ASSERT_TRUE(other.presence.cast(Presence::Heard{replica, position}));
  quiet();
  EXPECT_EQ(other.asked.size(), 2U);
}

TEST_F(PresenceTest, ABeatBringsBackANodeThatWasDown) {
  Presences other(world_, "other");
  all_.start();
  other.start(1);
  all_.join("room", "ann");
  quiet();
  const auto delta = std::exchange(all_.deltas, {});
  for (const auto& each : delta) ASSERT_TRUE(other.presence.cast(Presence::Merge{each}));
  ASSERT_TRUE(other.presence.cast(Presence::NodeDown{"local"}));
  quiet();
  ASSERT_TRUE(other.list("room").empty());
  ASSERT_TRUE(other.presence.cast(
      Presence::Heard{delta.back().from, delta.back().news.back().dots.back()}));
  quiet();
  EXPECT_EQ(other.list("room"), all_.list("room"));
  EXPECT_TRUE(other.asked.empty());
}

TEST_F(PresenceTest, EachIncarnationIsMadeKnown) {
  std::vector<Pid> known;
  auto options = all_.options();
  options.started = [&known](Ref<Presence> presence) { known.push_back(presence.pid()); };
  const auto presence = world_.spawn_with<Presence>({}, all_.roster, all_.hub, options);
  EXPECT_EQ(known, std::vector<Pid>{presence.pid()});
}

TEST_F(PresenceTest, DescribesHowManyThereAre) {
  Presence presence(all_.roster, all_.hub, all_.options());
  EXPECT_EQ(presence.describe(), "not started");
  const auto started = all_.start();
  all_.join("room", "ann");
  all_.join("hall", "ann");
  all_.view("page");
  quiet();
  const Shard& shard = world_.runtime().shard(started.pid().shard());
  EXPECT_EQ(shard.slots().cell(started.pid())->actor().describe(),
            "2 members on 2 topics, and 1 counted topics");
}

/// Channels that come, change and go in random order on several shards, tracked ones and counted
/// ones, while presence crashes in between. Each client's view must fit at every step: see Client.
class Churn {
 public:
  Churn() { all_.start(); }

  void step() {
    if (channels_.empty()) return join();
    switch (below(13)) {
      case 0:
      case 1:
      case 2: join(); break;
      case 3:
      case 4: ASSERT_TRUE(pick()->first.cast(Channel::Update{})); break;
      case 5: ASSERT_TRUE(pick()->first.cast(Channel::AskAgain{})); break;
      case 6: leave(); break;
      case 7: kill(); break;
      case 8: restart_presence(); break;
      case 9:
      case 10: viewers_.push_back(all_.view("page", static_cast<std::uint32_t>(below(3)))); break;
      case 11: end_viewer(); break;
      default: world_.advance(std::chrono::milliseconds(below(40))); break;
    }
    for (std::uint64_t turns = below(6); turns > 0; --turns) world_.step();
  }

  void expect_all_right_in_the_end() {
    world_.advance(3s);
    const View now = all_.list("room");
    for (const auto& [channel, client] : channels_) {
      EXPECT_EQ(client->fold.view(), now);
      EXPECT_GE(client->states, 1U);
    }
    EXPECT_EQ(all_.roster->count(), channels_.size());
    EXPECT_EQ(all_.attendees.keys(), keys_of(now));
    for (const auto& [viewer, counts] : viewers_) EXPECT_EQ(counts->back(), viewers_.size());
    EXPECT_EQ(all_.roster->counted_topics(), viewers_.empty() ? 0U : 1U);
  }

  [[nodiscard]] std::uint64_t seed() const noexcept { return world_.seed(); }

 private:
  using Joined = std::pair<Ref<Channel>, std::shared_ptr<Client>>;

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::vector<Joined>::iterator pick() {
    return channels_.begin() + static_cast<std::ptrdiff_t>(below(channels_.size()));
  }

  void join() {
    const auto shard = static_cast<std::uint32_t>(below(3));
    channels_.push_back(all_.join("room", "k" + std::to_string(below(4)), shard));
  }
  void leave() {
    const auto leaving = pick();
    ASSERT_TRUE(leaving->first.cast(Channel::Leave{}));
    channels_.erase(leaving);
  }
  void kill() {
    const auto dying = pick();
    world_.runtime().kill(dying->first.pid());
    channels_.erase(dying);
  }
  void end_viewer() {
    if (viewers_.empty()) return;
    const auto ending = viewers_.begin() + static_cast<std::ptrdiff_t>(below(viewers_.size()));
    if (below(2) == 0) {
      ASSERT_TRUE(ending->first.cast(Viewer::Leave{}));
    } else {
      world_.runtime().kill(ending->first.pid());
    }
    viewers_.erase(ending);
  }
  void restart_presence() {
    world_.kill(all_.presence.pid());
    all_.start(static_cast<std::uint32_t>(below(3)));
  }

  World world_{{.shards = 3, .order = Order::random, .seed = {}}};
  std::mt19937_64 random_{world_.seed()};
  Presences all_{world_};
  std::vector<Joined> channels_;
  std::vector<std::pair<Ref<Viewer>, Viewer::Counts>> viewers_;
};

TEST(PresenceChurn, EveryClientSeesEveryMemberWhateverTheOrder) {
  for (int round = 0; round < 20 && !testing::Test::HasFailure(); ++round) {
    Churn churn;
    SCOPED_TRACE("COPPICE_SEED=" + std::to_string(churn.seed()));
    for (int step = 0; step < 150; ++step) churn.step();
    churn.expect_all_right_in_the_end();
  }
}

}  // namespace
}  // namespace coppice::actors::presence
