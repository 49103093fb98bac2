// Property tests of presence::State: replicas that hear each other in random order, twice, late or
// not at all, and behind partitions, end up with the same lists.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/fold.hpp"
#include "actors/presence/state.hpp"

namespace coppice::actors::presence {
namespace {

constexpr std::size_t kReplicas = 4;
constexpr int kRounds = 60;
constexpr int kStepsPerRound = 120;

std::uint64_t test_seed() {
  if (const char* text = std::getenv("COPPICE_SEED")) return std::strtoull(text, nullptr, 10);
  return std::random_device{}();
}

/// One replica, the members it should have, and what a client of it sees.
struct Node {
  explicit Node(const Replica& self) : state(self) {}

  State state;
  std::vector<EntryPtr> members;
  Fold client;
};

/// A cluster in which everything that can go wrong does.
class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kReplicas; ++i) nodes_.emplace_back(replica(i));
  }

  void step() {
    const std::size_t i = below(kReplicas);
    switch (below(12)) {
      case 0:
      case 1:
      case 2: track(i); break;
      case 3:
      case 4: untrack(i); break;
      case 5: update(i); break;
      case 6:
      case 7: send(i, nodes_.at(i).state.take_delta()); break;
      case 8: send(i, nodes_.at(i).state.extract()); break;
      case 9:
      case 10: receive(); break;
      default: disturb(i); break;
    }
    check(i);
  }

  /// Every node hears everything of every other, in random order.
  void heal() {
    cut_off_.reset();
    for (std::size_t i = 0; i < kReplicas; ++i) send(i, nodes_.at(i).state.extract());
    while (!mail_.empty()) receive();
    for (std::size_t to = 0; to < kReplicas; ++to) {
      for (const Node& from : nodes_) merge(to, from.state.extract());
    }
  }

  void expect_agreement() const {
    View everybody;
    for (const Node& node : nodes_) {
      for (const auto& member : node.members) add_to(everybody, *member);
    }
    for (const Node& node : nodes_) {
      EXPECT_EQ(list(node.state), everybody) << "on " << node.state.self().node;
      EXPECT_EQ(node.client.view(), everybody);
      for (const auto& news : node.state.extract().news) EXPECT_TRUE(news.dots.empty());
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
  Replica replica(std::size_t i) { return {std::string(1, static_cast<char>('a' + i)), ++epoch_}; }

  static View list(const State& state) {
    View view;
    for (const char* topic : {"t0", "t1"}) view.merge(view_of(state.list(topic)));
    return view;
  }

  EntryPtr entry(std::string topic, std::string key) {
    return std::make_shared<const Entry>(Entry{.topic = std::move(topic),
                                               .key = std::move(key),
                                               .meta = "{}",
                                               .ref = MetaRef(0, ++refs_)});
  }

  void track(std::size_t i) {
    Node& node = nodes_.at(i);
    const auto added = entry("t" + std::to_string(below(2)), "k" + std::to_string(below(5)));
    ASSERT_TRUE(node.state.track(added));
    node.members.push_back(added);
    node.client.apply({added}, {});
  }

  void untrack(std::size_t i) {
    Node& node = nodes_.at(i);
    if (node.members.empty()) return;
    const auto member =
        node.members.begin() + static_cast<std::ptrdiff_t>(below(node.members.size()));
    ASSERT_TRUE(node.state.untrack((*member)->ref));
    node.client.apply({}, {*member});
    node.members.erase(member);
  }

  void update(std::size_t i) {
    Node& node = nodes_.at(i);
    if (node.members.empty()) return;
    EntryPtr& member = node.members.at(below(node.members.size()));
    const auto next = entry(member->topic, member->key);
    ASSERT_TRUE(node.state.update(member->ref, next));
    node.client.apply({next}, {member});
    member = next;
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
    node.client.apply(node.state.merge(delta));
    check(to);
  }

  void disturb(std::size_t i) {
    switch (below(4)) {
      case 0: cut_off_ = i; break;
      case 1: cut_off_.reset(); break;
      case 2: hide(i, below(2) == 0); break;
      default: restart(i); break;
    }
  }

  void hide(std::size_t i, bool for_good) {
    Node& node = nodes_.at(i);
    const std::string& other = nodes_.at(below(kReplicas)).state.self().node;
    node.client.apply(for_good ? node.state.forget(other) : node.state.set_down(other));
  }

  // The members stay, with their refs; what was known of others is lost, with the node's clients.
  void restart(std::size_t i) {
    if (below(3) != 0) return;
    const auto members = nodes_.at(i).members;
    Node fresh(replica(i));
    for (const auto& member : members) {
      ASSERT_TRUE(fresh.state.track(member));
      fresh.client.apply({member}, {});
    }
    fresh.members = members;
    std::destroy_at(&nodes_.at(i));
    std::construct_at(&nodes_.at(i), std::move(fresh));
  }

  // At every moment: the list is what its client sees, and the node's own members are in it.
  void check(std::size_t i) const {
    const Node& node = nodes_.at(i);
    const View now = list(node.state);
    EXPECT_EQ(node.client.view(), now);
    for (const auto& member : node.members) {
      EXPECT_TRUE(now.contains(member->topic) && now.at(member->topic).contains(member->key) &&
                  now.at(member->topic).at(member->key).contains(member->ref));
    }
  }

  std::mt19937_64 random_;
  std::uint64_t epoch_ = 0;
  std::uint64_t refs_ = 0;
  std::vector<Node> nodes_;
  std::vector<Mail> mail_;
  std::optional<std::size_t> cut_off_;
};

TEST(PresenceConvergence, AllReplicasAgreeOnceTheyHaveHeardEachOther) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("COPPICE_SEED=" + std::to_string(seed));
  for (int round = 0; round < kRounds && !testing::Test::HasFailure(); ++round) {
    Cluster cluster(seed + static_cast<std::uint64_t>(round));
    for (int step = 0; step < kStepsPerRound; ++step) cluster.step();
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
