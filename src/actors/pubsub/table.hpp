#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "actors/pid.hpp"
#include "actors/pubsub/broadcast.hpp"
#include "actors/pubsub/directory.hpp"
#include "actors/pubsub/string_map.hpp"

namespace coppice::actors {
class Runtime;
}

namespace coppice::actors::pubsub {

/// Receives a broadcast in place, on the subscriber's shard.
using Deliver = std::move_only_function<void(const BroadcastPtr&)>;

/// Receives all that has come together, in order.
using Broadcasts = std::span<const BroadcastPtr>;
using DeliverAll = std::move_only_function<void(Broadcasts)>;

/// One broadcast under way.
struct Publication {
  std::string topic{};
  BroadcastPtr broadcast{};
  SubscriptionId publisher{};  ///< if it is one of the subscribers
  bool to_publisher = true;    ///< or it is left out
  SubscriptionId only{};       ///< if set, the one receiver, whatever the topic
};

using PublicationPtr = std::shared_ptr<const Publication>;

/// The subscriptions of one shard.
///
/// Receivers may subscribe, cancel and publish while they are called: a broadcast reaches those
/// who were subscribed when it came, less those cancelled since, and the next one begins when it
/// is done.
///
/// Broadcasts that wait one behind another for the same topic go to one receiver after the other,
/// each of which gets all of them: what a receiver needs is in the processor's cache then.
///
/// Thread: its shard.
class Table {
 public:
  Table(Runtime& runtime, Directory& directory, std::uint32_t shard) noexcept
      : runtime_(runtime), directory_(directory), shard_(shard) {}

  /// The id that the next add() gives.
  [[nodiscard]] SubscriptionId next_id() const noexcept;
  SubscriptionId add(const std::string& topic, Pid subscriber, Deliver deliver);
  SubscriptionId add_together(const std::string& topic, Pid subscriber, DeliverAll deliver);
  /// Guarantees that nothing more is delivered. Idempotent.
  void remove(SubscriptionId id) noexcept;

  /// Delivers @p publication, now or, from within a receiver, next. Returns how many deliveries
  /// there were meanwhile.
  std::size_t dispatch(PublicationPtr publication);

  /// Delivers it with the next dispatch() or release(). To its publisher at once, for whom it must
  /// not come later than what the publisher does next. Returns how many deliveries there were.
  std::size_t hold(PublicationPtr publication);

  /// Delivers what is held. Returns how many deliveries there were.
  std::size_t release();

  [[nodiscard]] bool holds_any() const noexcept { return !queue_.empty(); }

  /// Those that begin with @p prefix, and their subscriptions.
  [[nodiscard]] std::map<std::string, std::size_t> topics(std::string_view prefix) const;

  [[nodiscard]] static std::uint32_t shard_of(SubscriptionId id) noexcept;

 private:
  struct Topic;
  struct Entry {
    SubscriptionId id{};
    Pid subscriber;
    DeliverAll deliver;
    Topic* topic = nullptr;
    bool one_by_one = false;
    bool removed = false;
  };
  using Entries = std::list<Entry>;
  struct Topic {
    std::string name;
    Entries entries;
  };

  /// A publication whose turn has not come.
  struct Waiting {
    PublicationPtr publication;
    SubscriptionId last{};  // later subscriptions come too late
    SubscriptionId skip{};  // left out, or has it already
  };

  SubscriptionId insert(const std::string& topic, Entry entry);
  void enqueue(PublicationPtr publication, SubscriptionId skip);
  template <class F>
  std::size_t dispatching(F deliver);
  std::size_t deliver_next();
  std::size_t deliver_to_one(const Publication& publication);
  std::size_t deliver_to_topic(Topic& topic, std::span<const Waiting> batch);
  std::size_t call(Entry& entry, Broadcasts broadcasts) noexcept;
  void erase(Entries::iterator entry) noexcept;

  static constexpr unsigned kCounterBits = 64 - Pid::kShardBits;

  Runtime& runtime_;
  Directory& directory_;
  const std::uint32_t shard_;
  std::uint64_t last_ = 0;
  StringMap<Topic> topics_;
  boost::unordered_flat_map<SubscriptionId, Entries::iterator> by_id_;
  std::deque<Waiting> queue_;
  std::vector<Entries::iterator> removed_;  // during a dispatch, which iterates
  bool dispatching_ = false;
};

}  // namespace coppice::actors::pubsub
