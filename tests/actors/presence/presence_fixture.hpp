#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/fold.hpp"
#include "actors/presence/presence.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::presence {

struct DiffMessage final : pubsub::Broadcast {
  explicit DiffMessage(Diff d) : diff(std::move(d)) {}
  const Diff diff;
};

struct StateMessage final : pubsub::Broadcast {
  explicit StateMessage(TopicState s) : state(std::move(s)) {}
  const TopicState state;
};

struct CountMessage final : pubsub::Broadcast {
  explicit CountMessage(TopicCount c) : count(std::move(c)) {}
  const TopicCount count;
};

/// What one client has been sent, and what it makes of it. Unlike real clients it is strict: what
/// follows its state must apply exactly.
struct Client {
  std::size_t states = 0;
  std::size_t diffs = 0;  // after the first state
  Fold fold;

  void receive(const pubsub::Broadcast& message) {
    if (const auto* state = dynamic_cast<const StateMessage*>(&message)) {
      ++states;
      if (states == 1) fold.apply(state->state.entries, {});
      EXPECT_EQ(view_of(state->state), fold.view());
    } else if (states > 0) {
      const auto& diff = dynamic_cast<const DiffMessage&>(message).diff;
      fold.apply(diff.joins, diff.leaves);
      ++diffs;
    }
  }
};

/// A channel as the net layer would write one: subscribed to a topic and present on it.
class Channel final : public Server<Channel> {
 public:
  Channel(std::shared_ptr<Roster> roster, std::shared_ptr<pubsub::Hub> hub, std::string topic,
          std::string key, std::shared_ptr<Client> client)
      : roster_(std::move(roster)),
        hub_(std::move(hub)),
        topic_(std::move(topic)),
        key_(std::move(key)),
        client_(std::move(client)) {}

  void init() {
    subscription_ = hub_->subscribe(
        topic_, self().pid(),
        [client = client_](const pubsub::BroadcastPtr& message) { client->receive(*message); });
    auto tracked = roster_->track(self().pid(), topic_, key_, "{}");
    ASSERT_TRUE(tracked) << tracked.error().message();
    tracked_ = std::move(*tracked);
    roster_->request_state(topic_, subscription_.id());
  }

  struct Update {
    std::string meta = "{}";
  };
  void handle(const Update& message) { ASSERT_TRUE(tracked_.update(message.meta)); }

  /// What its client sees.
  struct See {
    using Reply = View;
  };
  View handle(See /*message*/) { return client_->fold.view(); }

  struct Leave {};
  void handle(Leave /*message*/) { stop(); }

  struct AskAgain {};
  void handle(AskAgain /*message*/) { roster_->request_state(topic_, subscription_.id()); }

 private:
  std::shared_ptr<Roster> roster_;
  std::shared_ptr<pubsub::Hub> hub_;
  std::string topic_;
  std::string key_;
  std::shared_ptr<Client> client_;
  pubsub::Subscription subscription_;
  Tracked tracked_;
};

/// A channel that is only counted. `counts` has what its client was told.
class Viewer final : public Server<Viewer> {
 public:
  using Counts = std::shared_ptr<std::vector<std::uint64_t>>;

  Viewer(std::shared_ptr<Roster> roster, std::shared_ptr<pubsub::Hub> hub, std::string topic,
         Counts counts)
      : roster_(std::move(roster)),
        hub_(std::move(hub)),
        topic_(std::move(topic)),
        counts_(std::move(counts)) {}

  void init() {
    subscription_ = hub_->subscribe(
        topic_, self().pid(), [counts = counts_](const pubsub::BroadcastPtr& message) {
          const auto* told = dynamic_cast<const CountMessage*>(message.get());
          if (told != nullptr) counts->push_back(told->count.members);
        });
    auto counted = roster_->count_in(topic_);
    ASSERT_TRUE(counted) << counted.error().message();
    counted_ = std::move(*counted);
    roster_->request_count(topic_, subscription_.id());
  }

  struct Leave {};
  void handle(Leave /*message*/) { stop(); }

 private:
  std::shared_ptr<Roster> roster_;
  std::shared_ptr<pubsub::Hub> hub_;
  std::string topic_;
  Counts counts_;
  pubsub::Subscription subscription_;
  Counted counted_;
};

/// Presence, with all diffs it publishes, and that lists are the sum of them.
class Presences {
 public:
  explicit Presences(testkit::World& world, const std::string& node = "local")
      : world_(world),
        hub(pubsub::Hub::make(world.runtime())),
        roster(Roster::make(world.runtime(),
                            {.node = node, .seed = std::hash<std::string>{}(node)})) {}

  PresenceOptions options() {
    return {.encode_diff =
                [this](const Diff& diff) {
                  published.push_back(diff);
                  fold.apply(diff.joins, diff.leaves);
                  return std::make_shared<const DiffMessage>(diff);
                },
            .encode_state =
                [this](const TopicState& state) {
                  ++states_encoded;
                  EXPECT_EQ(view_of(state), fold.view(state.topic));
                  return std::make_shared<const StateMessage>(state);
                },
            .encode_count =
                [this](const TopicCount& count) {
                  ++counts_encoded;
                  return std::make_shared<const CountMessage>(count);
                },
            .attendance = attendance,
            .peers =
                Peers{.tell = [this](const Delta& delta) { deltas.push_back(delta); },
                      .beat = [this](const Replica& self,
                                     std::uint64_t position) { beats.push_back({self, position}); },
                      .ask = [this](const std::string& node) { asked.push_back(node); },
                      .answer = [this](const std::string& to,
                                       const Delta& delta) { answers.emplace_back(to, delta); }}};
  }

  Ref<Presence> start(std::uint32_t shard = 0) {
    presence =
        world_.spawn_with<Presence>({.placement = Placement::shard(shard)}, roster, hub, options());
    return presence;
  }

  std::pair<Ref<Channel>, std::shared_ptr<Client>> join(const std::string& topic,
                                                        const std::string& key,
                                                        std::uint32_t shard = 0) {
    auto client = std::make_shared<Client>();
    auto channel = world_.spawn_with<Channel>({.placement = Placement::shard(shard)}, roster, hub,
                                              topic, key, client);
    return {channel, client};
  }

  std::pair<Ref<Viewer>, Viewer::Counts> view(const std::string& topic, std::uint32_t shard = 0) {
    auto counts = std::make_shared<std::vector<std::uint64_t>>();
    auto viewer = world_.spawn_with<Viewer>({.placement = Placement::shard(shard)}, roster, hub,
                                            topic, counts);
    return {viewer, counts};
  }

  View list(const std::string& topic) {
    const auto state = world_.call(presence, Presence::List{topic});
    EXPECT_TRUE(state) << state.error().message();
    if (!state) return {};
    EXPECT_EQ(view_of(*state), fold.view(topic));
    return view_of(*state);
  }

 private:
  testkit::World& world_;

 public:
  std::shared_ptr<pubsub::Hub> hub;
  std::shared_ptr<Roster> roster;
  Ref<Presence> presence;
  std::vector<Diff> published;
  Fold fold;
  std::vector<Delta> deltas;
  std::vector<std::pair<Replica, std::uint64_t>> beats;
  std::vector<std::string> asked;
  std::vector<std::pair<std::string, Delta>> answers;
  std::size_t states_encoded = 0;
  std::size_t counts_encoded = 0;
  Attendees attendees;
  std::shared_ptr<Attendance> attendance = attendees.listen();
};

}  // namespace coppice::actors::presence
