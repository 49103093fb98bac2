// Property tests of presence::State: replicas that hear each other in random order, twice, late or
// not at all, behind partitions and across restarts, end up with the same lists and counts. A
// failure names its seed; with COPPICE_SEED set to that, the same cluster comes first.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/fold.hpp"
#include "actors/presence/state.hpp"

namespace coppice::actors::presence {
namespace {

constexpr std::size_t kReplicas = 4;
constexpr int kRounds = 100;
constexpr int kStepsPerRound = 150;
constexpr std::size_t kKeys = 5;

using Totals = std::map<std::string, std::uint64_t>;

std::uint64_t test_seed() {
  if (const char* text = std::getenv("COPPICE_SEED")) return std::strtoull(text, nullptr, 10);
  return std::random_device{}();
}

View list_of(const State& state) {
  View view;
  for (const char* topic : {"t0", "t1"}) view.merge(view_of(state.list(topic)));
  return view;
}

Totals totals_of(const State& state) {
  return {state.all_counted().begin(), state.all_counted().end()};
}

/// One replica, the members it should have, and what its clients and its application know.
struct Node {
  explicit Node(const Replica& self) : state(std::make_unique<State>(self)) {}

  std::unique_ptr<State> state;
  std::vector<EntryPtr> members;
  Totals counts;
  Fold client;
  Totals client_counts;
  std::unique_ptr<Attendees> attendees = std::make_unique<Attendees>();
  std::shared_ptr<Attendance> attendance = attendees->listen();
  std::map<std::string, std::uint64_t> heard;  // the epochs of others
  std::set<std::string> steady_seen;           // of whom the steady member must stay visible

  void show(const Changes& changes) {
    client.apply(changes);
    for (const auto& topic : changes.recounted) recount(topic);
    attendance->follow(by_topic(changes), *state);
  }

  void recount(const std::string& topic) {
    client_counts[topic] = state->counted(topic);
    if (client_counts[topic] == 0) client_counts.erase(topic);
  }
};

std::string steady_key(const std::string& node) { return "steady " + node; }

/// A cluster in which everything that can go wrong does.
class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kReplicas; ++i) {
      nodes_.emplace_back(replica(i));
      // One member that never leaves, and is updated like all others.
      track(i, entry("t0", steady_key(name(i))));
    }
  }

  void step() {
    const std::size_t i = below(kReplicas);
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        track(i, entry("t" + std::to_string(below(2)), "k" + std::to_string(below(kKeys))));
        break;
      case 3:
      case 4: untrack(i); break;
      case 5: update(i); break;
      case 6:
      case 7: send(i, nodes_.at(i).state->take_delta()); break;
      case 8: send(i, nodes_.at(i).state->extract()); break;
      case 9:
      case 10: receive(); break;
      case 11:
      case 12: count(i); break;
      default: disturb(i); break;
    }
    check(i);
  }

  /// Every node hears everything of every other, in random order; one that is new does, too.
  void heal() {
    cut_off_.reset();
    nodes_.emplace_back(replica(kReplicas));
    for (std::size_t i = 0; i < kReplicas; ++i) send(i, nodes_.at(i).state->extract());
    while (!mail_.empty()) receive();
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
      for (const Node& from : nodes_) merge(to, from.state->extract());
    }
  }

  void expect_agreement() const {
    View everybody;
    Totals totals;
    for (const Node& node : nodes_) {
      for (const auto& member : node.members) add_to(everybody, *member);
      for (const auto& [topic, members] : node.counts) totals[topic] += members;
    }
    for (const Node& node : nodes_) {
      SCOPED_TRACE("on " + node.state->self().node);
      EXPECT_EQ(list_of(*node.state), everybody);
      EXPECT_EQ(node.client.view(), everybody);
      EXPECT_EQ(totals_of(*node.state), totals);
      EXPECT_EQ(node.client_counts, totals);
      EXPECT_EQ(node.attendees->keys(), keys_of(everybody));
      expect_nothing_superfluous(node);
    }
  }

 private:
  struct Mail {
    std::size_t to;
    std::size_t from;
    std::shared_ptr<const Delta> delta;
  };

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  static std::string name(std::size_t i) { return std::string(1, static_cast<char>('a' + i)); }
  Replica replica(std::size_t i) { return {name(i), ++epoch_}; }

  EntryPtr entry(std::string topic, std::string key) {
    return std::make_shared<const Entry>(Entry{.topic = std::move(topic),
                                               .key = std::move(key),
                                               .meta = "{}",
                                               .ref = MetaRef(0, ++refs_)});
  }

  void track(std::size_t i, const EntryPtr& added) {
    Node& node = nodes_.at(i);
    ASSERT_TRUE(node.state->track(added));
    node.members.push_back(added);
    node.show({.joins = {added}, .leaves = {}});
  }

  void untrack(std::size_t i) {
    Node& node = nodes_.at(i);
    const std::size_t chosen = below(node.members.size());
    const EntryPtr member = node.members.at(chosen);
    if (member->key == steady_key(name(i))) return;
    ASSERT_TRUE(node.state->untrack(member->ref));
    node.members.erase(node.members.begin() + static_cast<std::ptrdiff_t>(chosen));
    node.show({.joins = {}, .leaves = {member}});
  }

  void update(std::size_t i) {
    Node& node = nodes_.at(i);
    EntryPtr& member = node.members.at(below(node.members.size()));
    const EntryPtr old = std::exchange(member, entry(member->topic, member->key));
    ASSERT_TRUE(node.state->update(old->ref, member));
    node.show({.joins = {member}, .leaves = {old}});
  }

  void count(std::size_t i) {
    Node& node = nodes_.at(i);
    const std::string topic = "c" + std::to_string(below(3));
    const std::uint64_t members = below(4);
    node.state->set_count(topic, members);
    node.counts[topic] = members;
    if (members == 0) node.counts.erase(topic);
    node.recount(topic);
  }

  void send(std::size_t from, Delta delta) {
    const auto shared = std::make_shared<const Delta>(std::move(delta));
    for (std::size_t to = 0; to < kReplicas; ++to) {
      if (to != from) mail_.push_back({.to = to, .from = from, .delta = shared});
    }
  }

  // In any order; some twice, some never.
  void receive() {
    if (mail_.empty()) return;
    const std::size_t chosen = below(mail_.size());
    const Mail mail = mail_.at(chosen);
    const bool again = below(4) == 0;
    if (!again) {
      mail_.at(chosen) = mail_.back();
      mail_.pop_back();
    }
    const bool lost = below(5) == 0;
    const bool parted = cut_off_ && (*cut_off_ == mail.to) != (*cut_off_ == mail.from);
    if (!lost && !parted) merge(mail.to, *mail.delta);
  }

  void merge(std::size_t to, const Delta& delta) {
    Node& node = nodes_.at(to);
    // The first word of a restarted node ends what it said before.
    auto& heard = node.heard[delta.from.node];
    if (std::exchange(heard, std::max(heard, delta.from.epoch)) < delta.from.epoch) {
      node.steady_seen.erase(delta.from.node);
    }
    node.show(node.state->merge(delta));
    check(to);
  }

  void disturb(std::size_t i) {
    switch (below(5)) {
      case 0: cut_off_ = i; break;
      case 1: cut_off_.reset(); break;
      case 2: hide(i, below(kReplicas), below(2) == 0); break;
      case 3: restart(i, {}); break;
      default: restart(i, std::move(nodes_.at(i).state)); break;
    }
  }

  void hide(std::size_t i, std::size_t other, bool for_good) {
    Node& node = nodes_.at(i);
    node.show(for_good ? node.state->forget(name(other)) : node.state->set_down(name(other)));
    if (for_good) node.heard.erase(name(other));
    if (other != i) node.steady_seen.erase(name(other));
  }

  // The members stay, with their refs. What was known of others is lost, with the node's clients;
  // or it is handed on, as after a crash of presence alone, of which its clients notice nothing.
  void restart(std::size_t i, std::unique_ptr<State> predecessor) {
    Node& node = nodes_.at(i);
    const bool keeps_clients = predecessor != nullptr;
    if (keeps_clients) {
      node.state = std::make_unique<State>(replica(i), std::move(*predecessor));
    } else {
      Node fresh(replica(i));
      fresh.members = std::move(node.members);
      fresh.counts = std::move(node.counts);
      node = std::move(fresh);
    }
    for (const auto& member : node.members) {
      ASSERT_TRUE(node.state->track(member));
      if (!keeps_clients) node.client.apply({member}, {});
    }
    for (const auto& [topic, members] : node.counts) {
      node.state->set_count(topic, members);
      node.recount(topic);
    }
    node.attendance->reconcile(*node.state);
  }

  // At every moment: the list is what its client sees, the node's own members are in it, and who is
  // only updated is never missing.
  void check(std::size_t i) {
    Node& node = nodes_.at(i);
    const View now = list_of(*node.state);
    EXPECT_EQ(node.client.view(), now);
    EXPECT_EQ(node.client_counts, totals_of(*node.state));
    EXPECT_EQ(node.attendees->keys(), keys_of(now));
    for (const auto& member : node.members) {
      EXPECT_TRUE(now.contains(member->topic) && now.at(member->topic).contains(member->key) &&
                  now.at(member->topic).at(member->key).contains(member->ref));
    }
    for (const auto& [topic, members] : node.counts) {
      EXPECT_GE(node.state->counted(topic), members);
    }
    for (std::size_t other = 0; other < kReplicas; ++other) {
      const bool visible = node.state->has("t0", steady_key(name(other)));
      EXPECT_TRUE(visible || !node.steady_seen.contains(name(other))) << name(other) << " flickers";
      if (visible) node.steady_seen.insert(name(other));
    }
  }

  // What is gone has left nothing but the numbers of its events.
  static void expect_nothing_superfluous(const Node& node) {
    std::size_t entries = 0;
    std::size_t counts = 0;
    for (const auto& news : node.state->extract().news) {
      EXPECT_TRUE(news.dots.empty());
      entries += news.entries.size();
      counts += news.counts.size();
    }
    EXPECT_EQ(entries, node.state->count());
    EXPECT_LE(counts, node.state->all_counted().size() * kReplicas);
  }

  std::mt19937_64 random_;
  std::uint64_t epoch_ = 0;
  std::uint64_t refs_ = 0;
  std::vector<Node> nodes_;
  std::vector<Mail> mail_;
  std::optional<std::size_t> cut_off_;
};

TEST(PresenceConvergence, AllReplicasAgreeOnceTheyHaveHeardEachOther) {
  std::uint64_t seed = test_seed();
  for (int round = 0; round < kRounds && !testing::Test::HasFailure(); ++round, ++seed) {
    SCOPED_TRACE("COPPICE_SEED=" + std::to_string(seed));
    Cluster cluster(seed);
    for (int step = 0; step < kStepsPerRound && !testing::Test::HasFailure(); ++step)
      cluster.step();
    cluster.heal();
    cluster.expect_agreement();
  }
}

/// Deltas of several replicas, merged in every order.
TEST(PresenceConvergence, TheOrderOfMergesDoesNotMatter) {
  std::uint64_t refs = 0;
  const auto entry = [&refs](const char* key) {
    return std::make_shared<const Entry>(
        Entry{.topic = "t0", .key = key, .meta = "{}", .ref = MetaRef(0, ++refs)});
  };
  State a({"a", 1});
  State b({"b", 1});
  const auto ann = entry("ann");
  const auto bob = entry("bob");
  std::vector<Delta> deltas;
  ASSERT_TRUE(a.track(ann));
  deltas.push_back(a.take_delta());
  ASSERT_TRUE(a.untrack(ann->ref));
  ASSERT_TRUE(a.track(entry("ann")));
  deltas.push_back(a.take_delta());
  ASSERT_TRUE(b.track(bob));
  deltas.push_back(b.take_delta());
  ASSERT_TRUE(b.update(bob->ref, entry("bob")));
  deltas.push_back(b.take_delta());
  deltas.push_back(a.extract());

  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  std::optional<View> expected;
  do {
    State c({"c", 1});
    Fold client;
    for (const std::size_t each : order) client.apply(c.merge(deltas.at(each)));
    const View seen = view_of(c.list("t0"));
    EXPECT_EQ(client.view(), seen);
    if (!expected) expected = seen;
    EXPECT_EQ(seen, *expected);
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(expected->at("t0").size(), 2U);
}

}  // namespace
}  // namespace coppice::actors::presence
