#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
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

/// One broadcast under way.
struct Publication {
  std::string topic{};
  BroadcastPtr broadcast{};
  SubscriptionId except{};  ///< who is left out
  SubscriptionId only{};    ///< if set, the one receiver, whatever the topic
};

using PublicationPtr = std::shared_ptr<const Publication>;

/// The subscriptions of one shard.
///
/// Receivers may subscribe, cancel and publish while they are called: a broadcast reaches those
/// who were subscribed when it came, less those cancelled since, and the next one begins when it
/// is done.
///
/// Thread: its shard.
class Table {
 public:
  Table(Runtime& runtime, Directory& directory, std::uint32_t shard) noexcept
      : runtime_(runtime), directory_(directory), shard_(shard) {}

  /// The id that the next add() gives.
  [[nodiscard]] SubscriptionId next_id() const noexcept;
  SubscriptionId add(const std::string& topic, Pid subscriber, Deliver deliver);
  /// Guarantees that nothing more is delivered. Idempotent.
  void remove(SubscriptionId id) noexcept;

  /// Delivers @p publication, now or, from within a receiver, next. Returns how many receivers
  /// were called meanwhile.
  std::size_t dispatch(PublicationPtr publication);

  /// Those that begin with @p prefix, and their subscriptions.
  [[nodiscard]] std::map<std::string, std::size_t> topics(std::string_view prefix) const;

  [[nodiscard]] static std::uint32_t shard_of(SubscriptionId id) noexcept;

 private:
  struct Topic;
  struct Entry {
    SubscriptionId id{};
    Pid subscriber;
    Deliver deliver;
    Topic* topic = nullptr;
    bool removed = false;
  };
  using Entries = std::list<Entry>;
  struct Topic {
    std::string name;
    Entries entries;
  };

  std::size_t deliver(const Publication& publication);
  std::size_t deliver_to_topic(const Publication& publication);
  void call(Entry& entry, const BroadcastPtr& broadcast) noexcept;
  void erase(Entries::iterator entry) noexcept;

  static constexpr unsigned kCounterBits = 64 - Pid::kShardBits;

  Runtime& runtime_;
  Directory& directory_;
  const std::uint32_t shard_;
  std::uint64_t last_ = 0;
  StringMap<Topic> topics_;
  boost::unordered_flat_map<SubscriptionId, Entries::iterator> by_id_;
  std::deque<PublicationPtr> queue_;
  std::vector<Entries::iterator> removed_;  // during a dispatch, which iterates
  bool dispatching_ = false;
};

}  // namespace coppice::actors::pubsub
