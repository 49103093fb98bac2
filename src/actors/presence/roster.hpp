#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "actors/pid.hpp"
#include "actors/presence/entry.hpp"
#include "actors/presence/state.hpp"
#include "actors/pubsub/broadcast.hpp"
#include "actors/result.hpp"

namespace coppice::actors {
class Runtime;
}

namespace coppice::actors::presence {

class Presence;
class Roster;

/// Keeps one member present; it leaves when this is destroyed. So a member vanishes with the
/// channel that holds its handle, however that ends.
///
/// Thread: any, one at a time.
class Tracked {
 public:
  Tracked() noexcept = default;
  Tracked(Tracked&& other) noexcept;
  Tracked& operator=(Tracked&& other) noexcept;
  ~Tracked() { untrack(); }

  /// False once untracked or moved from.
  [[nodiscard]] explicit operator bool() const noexcept { return roster_ != nullptr; }

  /// The member as it is now. Only if it is tracked.
  [[nodiscard]] EntryPtr entry() const;

  /// Replaces the member's meta: the old version leaves and the new one joins in one diff.
  /// Errors: invalid_argument as track(); not_found if nothing is tracked.
  Result<void> update(std::string meta);

  void untrack() noexcept;

 private:
  friend class Roster;
  struct Record;
  Tracked(std::shared_ptr<Roster> roster, Record& record) noexcept
      : roster_(std::move(roster)), record_(&record) {}

  std::shared_ptr<Roster> roster_;
  Record* record_ = nullptr;  // the roster's; lives until untrack()
};

/// Keeps one member counted on a topic, until this is destroyed. This is all that a member costs:
/// who it is, nobody knows.
///
/// Thread: any, one at a time.
class Counted {
 public:
  Counted() noexcept = default;
  Counted(Counted&& other) noexcept;
  Counted& operator=(Counted&& other) noexcept;
  ~Counted() { leave(); }

  /// False once it has left or was moved from.
  [[nodiscard]] explicit operator bool() const noexcept { return roster_ != nullptr; }

  void leave() noexcept;

 private:
  friend class Roster;
  struct Topic {
    std::string_view name;  // its key in the roster
    std::uint64_t members = 0;
    bool changed = false;  // it is in the roster's recounted_
  };
  Counted(std::shared_ptr<Roster> roster, Topic& topic) noexcept
      : roster_(std::move(roster)), topic_(&topic) {}

  std::shared_ptr<Roster> roster_;
  Topic* topic_ = nullptr;  // the roster's; lives until leave()
};

struct RosterOptions {
  std::string node = "local";  ///< this node's name in the cluster
  /// Of topics that are counted at one time: clients may invent their names.
  std::size_t max_counted_topics = 10'000;
  /// Makes refs predictable, for tests.
  std::optional<std::uint64_t> seed{};
};

/// The members that this node's channels keep present, and what of it clients have not been told
/// yet. Channels write here; the Presence actor reads, tells clients, and answers.
///
///     // in a channel, once its join has been accepted and `subscription_` listens to the topic:
///     auto tracked = roster->track(owner, topic, user_id, R"({"online_at":"1700000000"})");
///     if (tracked) tracked_ = std::move(*tracked);    // a member of the channel
///     roster->request_state(topic, subscription_.id());
///
/// Where there may be very many members, of whom only the number matters, they are counted instead:
///
///     auto counted = roster->count_in(topic);
///     if (counted) counted_ = std::move(*counted);
///     roster->request_count(topic, subscription_.id());
///
/// The roster outlives the Presence actor's incarnations. A new one reads what is there, so no
/// channel need do anything when presence restarts: no member is lost, none becomes a ghost, refs
/// stay the same, and what happened meanwhile is told then.
///
/// Thread: any.
class Roster final : public std::enable_shared_from_this<Roster> {
 public:
  /// @param runtime  Must outlive every use of the roster.
  [[nodiscard]] static std::shared_ptr<Roster> make(Runtime& runtime, RosterOptions options = {});
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;
  ~Roster();

  /// Makes @p owner's channel on @p topic present under @p key.
  ///
  /// @param meta  JSON text of an object. That it is well-formed is the caller's to answer for.
  /// Errors: already_present if the owner is tracked there under that key; invalid_argument if
  /// topic, key or meta is not UTF-8, or meta is no object.
  [[nodiscard]] Result<Tracked> track(Pid owner, std::string topic, std::string key,
                                      std::string meta);

  /// Asks for a state of @p topic to be sent to one pubsub subscription. It contains everything
  /// that was tracked before, and comes in order with the diffs: those before it are contained,
  /// those after it apply on top. While presence restarts, the request waits.
  void request_state(std::string topic, pubsub::SubscriptionId receiver);

  /// Counts one more member on @p topic: each handle is one, whoever holds it, so a user with two
  /// channels counts twice. Forgotten with the last one's end is the topic, too.
  ///
  /// Errors: invalid_argument if the topic is not UTF-8; overloaded if as many topics are counted
  /// as may be.
  [[nodiscard]] Result<Counted> count_in(const std::string& topic);

  /// Asks for the count of @p topic, as request_state() does for its state.
  void request_count(std::string topic, pubsub::SubscriptionId receiver);

  /// How many members are tracked; counted ones are not.
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t counted_topics() const;

  /// Who is present on a topic: how many metas there are under each key, and how many members are
  /// only counted.
  struct Members {
    std::map<std::string, std::size_t> metas;
    std::uint64_t counted = 0;
  };
  /// As it is on this node, whatever clients have been told. Looks at every member.
  [[nodiscard]] Members members(std::string_view topic) const;
  /// The number of members, tracked and counted, of every topic that has any. The same.
  [[nodiscard]] std::map<std::string, std::uint64_t> topic_sizes() const;

 private:
  friend class Tracked;
  friend class Counted;
  friend class Presence;
  using Record = Tracked::Record;

  /// Names a member: a channel's owner, its topic, and a key.
  struct Identity {
    Pid owner;
    std::string_view topic;
    std::string_view key;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Identity& identity) const noexcept;
    std::size_t operator()(const std::unique_ptr<Record>& record) const noexcept;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const noexcept {
      return identity_of(a) == identity_of(b);
    }
  };
  using Records = std::unordered_set<std::unique_ptr<Record>, Hash, Equal>;

  /// How one member has changed, from what clients know to what is.
  struct Move {
    EntryPtr left;
    EntryPtr joined;
  };
  /// Somebody is to be sent a topic's state, or its count.
  struct Request {
    std::string topic;
    pubsub::SubscriptionId receiver{};
  };
  struct News {
    std::vector<Move> moves;
    std::vector<TopicCount> counts;  // of topics whose count has changed
    std::vector<Request> state_requests;
    std::vector<Request> count_requests;
    [[nodiscard]] bool empty() const noexcept {
      return moves.empty() && counts.empty() && state_requests.empty() && count_requests.empty();
    }
  };
  struct Attached {
    Replica replica;
    std::optional<State> predecessor;  // the last incarnation's
    std::vector<EntryPtr> announced;   // what clients know
    std::vector<TopicCount> counts;    // as they are: no news of these until they change
  };

  Roster(Runtime& runtime, RosterOptions options);

  [[nodiscard]] static Identity identity_of(const Identity& identity) noexcept { return identity; }
  [[nodiscard]] static Identity identity_of(const Record& record) noexcept;
  [[nodiscard]] static Identity identity_of(const std::unique_ptr<Record>& record) noexcept {
    return identity_of(*record);
  }

  // For Presence. From attach() on, that incarnation is told when there is news.
  [[nodiscard]] Attached attach(Pid presence);
  /// What is new since the last call; from then on clients count as told.
  [[nodiscard]] News take();
  /// Keeps what an incarnation knew for the next one.
  void retire(State state) noexcept;

  // For Tracked and Counted.
  [[nodiscard]] EntryPtr entry_of(const Record& record) const;
  Result<void> update(Record& record, std::string meta);
  void untrack(Record& record) noexcept;
  void leave(Counted::Topic& topic) noexcept;

  // With the mutex held.
  [[nodiscard]] MetaRef next_ref() noexcept;
  void mark_changed(Record& record);
  void mark_changed(Counted::Topic& topic);
  [[nodiscard]] std::vector<TopicCount> take_counts();
  [[nodiscard]] Pid whom_to_ring() noexcept;

  void ring(Pid presence) noexcept;

  Runtime& runtime_;
  const std::string node_;
  const std::uint64_t process_;  // in every ref
  const std::size_t max_counted_topics_;

  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t epoch_;
  std::uint64_t last_ref_ = 0;
  Records records_;
  std::vector<std::unique_ptr<Record>> departed_;  // untracked since take()
  std::vector<Record*> changed_;                   // since take()
  std::vector<Request> state_requests_;
  pubsub::StringMap<Counted::Topic> counted_;
  std::vector<Counted::Topic*> recounted_;  // since take()
  std::vector<Request> count_requests_;
  std::optional<State> retired_;
  Pid presence_;
  bool rung_ = false;
};

}  // namespace coppice::actors::presence
