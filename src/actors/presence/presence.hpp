#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/presence/attendance.hpp"
#include "actors/presence/count_pace.hpp"
#include "actors/presence/entry.hpp"
#include "actors/presence/roster.hpp"
#include "actors/presence/state.hpp"
#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"
#include "actors/time.hpp"

namespace coppice::actors::presence {

/// How presence speaks to other nodes. What they say comes as Merge, Heard and Asked.
struct Peers {
  /// Tells all of them what has changed here.
  std::function<void(const Delta&)> tell{};
  /// Tells all of them how far this node is, so that who has missed something notices.
  std::function<void(const Replica& self, std::uint64_t position)> beat{};
  /// Asks a node for everything that it knows of itself.
  std::function<void(const std::string& node)> ask{};
  /// Answers a node that has asked: several times, if it is much.
  std::function<void(const std::string& node, const Delta&)> answer{};
  /// How long a node that was asked is not asked again: the answer may be under way.
  Duration patience = std::chrono::seconds(3);
};

class Presence;

struct PresenceOptions {
  /// Changes within this time after an announcement are announced together, as one diff for each
  /// topic. A change after a quiet time is announced at once.
  Duration window = std::chrono::milliseconds(25);

  /// Make what subscribers of a topic receive; to_json() has the payloads. Called on the actor's
  /// shard. Required.
  std::function<pubsub::BroadcastPtr(const Diff&)> encode_diff;
  std::function<pubsub::BroadcastPtr(const TopicState&)> encode_state;
  std::function<pubsub::BroadcastPtr(const TopicCount&)> encode_count;

  /// How long the count of a topic, once told, is not told again to all subscribers. One told after
  /// a quiet time is told at once.
  Duration count_rest = std::chrono::seconds(1);

  /// Is told of first joins and last leaves, if anybody wants to know.
  std::shared_ptr<Attendance> attendance{};

  /// Is given each incarnation, which from then on takes messages.
  std::function<void(Ref<Presence>)> started{};

  /// By default there are no other nodes.
  std::optional<Peers> peers{};
};

/// The worker `presence` of the tree: announces who comes and goes to the topics' subscribers, and
/// answers who is there.
///
/// Channels talk to the Roster, which survives this actor: see there for what a channel does. Each
/// incarnation begins with what clients have been told and goes on from there. What it was
/// announcing when it crashed is not tried again, lest it crash the next one too.
///
/// At every moment a list is the sum of all diffs published before it, and a state sent to a
/// subscriber comes in order with them.
///
/// Of counted topics only the number of members is told: to who has asked for it, in order with the
/// others, and to all subscribers when it has changed, but not too often.
class Presence final : public Server<Presence> {
 public:
  Presence(std::shared_ptr<Roster> roster, std::shared_ptr<pubsub::Hub> hub,
           PresenceOptions options);
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() override;

  void init();

  /// Who is present on a topic, this caller's own changes included.
  struct List {
    using Reply = TopicState;
    std::string topic;
  };
  TopicState handle(const List& message);

  /// How many members a counted topic has, this caller's own changes included.
  struct Count {
    using Reply = std::uint64_t;
    std::string topic;
  };
  std::uint64_t handle(const Count& message);

  /// What another node has sent: a delta or an extract.
  struct Merge {
    Delta delta;
  };
  void handle(const Merge& message);

  /// Another node has not been heard of for long: its members are absent until it is.
  struct NodeDown {
    std::string node;
  };
  void handle(const NodeDown& message);

  /// Another node will not come back: nothing of it is kept.
  struct NodeGone {
    std::string node;
  };
  void handle(const NodeGone& message);

  /// Another node says how far it is: it is there, and may be asked for what is lacking here.
  struct Heard {
    Replica from;
    std::uint64_t position = 0;
  };
  void handle(const Heard& message);

  /// Another node has missed something, and asks for everything that this node knows of itself.
  struct Asked {
    std::string node;
  };
  void handle(const Asked& message);

  /// Other nodes are to hear how far this one is; regularly, and whenever there is a new one.
  struct Beat {};
  void handle(Beat message);

  /// Everything that this node knows.
  struct Extract {
    using Reply = Delta;
  };
  Delta handle(Extract message);

  /// The roster has news.
  struct Wake {};
  void handle(Wake message);

  struct WindowOver {};
  void handle(WindowOver message);

  struct CountsRested {};
  void handle(CountsRested message);

  [[nodiscard]] std::string describe() const override;

 private:
  void announce_news();
  Changes apply(Roster::News& news);
  void publish(Changes changes);
  void tell_count(const std::string& topic);
  void wait_for_rests();
  void replicate();
  void ask(const std::string& node);
  void answer(const Roster::News& news);

  const std::shared_ptr<Roster> roster_;
  const std::shared_ptr<pubsub::Hub> hub_;
  const PresenceOptions options_;
  std::optional<State> state_;  // from init() on
  bool window_open_ = false;
  CountPace pace_;
  std::map<std::string, Time> asked_;  // nodes, and when
  std::set<std::string> told_now_;     // topics whose count all have been told, by this handler
};

}  // namespace coppice::actors::presence
