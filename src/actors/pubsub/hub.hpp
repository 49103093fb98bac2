#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/address.hpp"
#include "actors/pid.hpp"
#include "actors/pubsub/broadcast.hpp"
#include "actors/pubsub/directory.hpp"
#include "actors/pubsub/table.hpp"

namespace coppice::actors::pubsub {

class Hub;
class PubSub;

/// Keeps an actor subscribed to one topic; cancels when it is destroyed. So a subscription ends
/// with the actor that holds it, however that ends.
///
/// Thread: the subscriber's shard.
class Subscription {
 public:
  Subscription() noexcept = default;
  Subscription(Subscription&& other) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() { cancel(); }

  /// False once cancelled or moved from.
  [[nodiscard]] explicit operator bool() const noexcept { return hub_ != nullptr; }
  [[nodiscard]] SubscriptionId id() const noexcept { return id_; }

  /// Guarantees that nothing more is delivered in place. By mail, deliveries that wait in the
  /// mailbox still come. Idempotent.
  void cancel() noexcept;

 private:
  friend class Hub;
  Subscription(std::shared_ptr<Hub> hub, SubscriptionId id) noexcept
      : hub_(std::move(hub)), id_(id) {}

  std::shared_ptr<Hub> hub_;
  SubscriptionId id_{};
};

/// Topics and who listens to them: broadcasts go from any thread to every subscriber of a topic on
/// every shard, as one shared object.
///
/// Each shard has a table of its own subscribers. A broadcast takes one message to each other shard
/// that has any, and is handed out there, and on the publisher's shard at once, without a mailbox
/// in between. The tables belong to the shards, not to an actor: subscribing takes effect
/// immediately, and no crash or restart can lose a subscription or a broadcast.
///
/// Order: broadcasts and send()s from one thread arrive in order at every subscriber. A broadcast
/// reaches the publisher's own shard before the call returns, and within a Burst with its end; who
/// publishes as a subscriber of the topic has it before the call returns there, too. From within a
/// receiver, it comes next.
class Hub final : public std::enable_shared_from_this<Hub> {
 public:
  /// @param runtime  Must outlive every use of the hub.
  [[nodiscard]] static std::shared_ptr<Hub> make(Runtime& runtime);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub();

  /// Subscribes an actor, which gets each broadcast as a Delivery in its mailbox. One that can't
  /// take it because the mailbox is full has lost touch, and is sent the exit signal
  /// `mailbox_overflow`; nothing is lost in silence.
  ///
  /// Thread: the subscriber's shard.
  template <class A>
    requires Handles<A, Delivery>
  [[nodiscard]] Subscription subscribe(const std::string& topic, Ref<A> subscriber) {
    const SubscriptionId id = table_here(subscriber.pid()).next_id();
    return subscribe(topic, subscriber.pid(),
                     [this, subscriber, id](const BroadcastPtr& broadcast) {
                       const Sent sent = subscriber.cast(Delivery{id, broadcast});
                       if (!sent) missed(subscriber.pid(), sent.error());
                     });
  }

  /// Subscribes on behalf of the actor @p subscriber with a function that is called in place: the
  /// fast lane for receivers that only queue what they get, as connections do. It must be quick,
  /// and runs inside whoever publishes; an exception that leaves it is sent to @p subscriber as
  /// exit signal. It must not own the Subscription.
  ///
  /// Thread: the subscriber's shard.
  [[nodiscard]] Subscription subscribe(const std::string& topic, Pid subscriber, Deliver deliver);

  /// The same for a receiver that gains by getting all at once that comes at once. It sees to it
  /// itself that it handles no more of them once it has cancelled.
  [[nodiscard]] Subscription subscribe_together(const std::string& topic, Pid subscriber,
                                                DeliverAll deliver);

  /// To all subscribers of @p topic, on all nodes. Thread: any.
  void broadcast(std::string_view topic, BroadcastPtr broadcast);

  /// The same by one of them, which gets it as well. Thread: any.
  void broadcast_as(SubscriptionId sender, std::string_view topic, BroadcastPtr broadcast);

  /// The same without the sender's subscription. Thread: any.
  void broadcast_from(SubscriptionId sender, std::string_view topic, BroadcastPtr broadcast);

  /// To the subscribers on this node only: for what other nodes have said, and for what every node
  /// derives by itself. Thread: any.
  void broadcast_local(std::string_view topic, BroadcastPtr broadcast);

  /// To one subscription, in order with the broadcasts; nothing happens if it is over. Thread: any.
  void send(SubscriptionId receiver, BroadcastPtr message);

  struct Stats {
    std::size_t topics = 0;
    std::size_t subscriptions = 0;
    std::uint64_t broadcasts = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t unforwarded = 0;  ///< that the adapter to other nodes could not be given
  };
  /// Thread: any.
  [[nodiscard]] Stats stats() const;

  /// The topics of the calling shard's subscribers that begin with @p prefix, and how many
  /// subscribers each has. Thread: a shard's.
  [[nodiscard]] std::map<std::string, std::size_t> topics_here(std::string_view prefix) const;

 private:
  friend class Subscription;
  friend class PubSub;
  class PublicationEnvelope;

  explicit Hub(Runtime& runtime) noexcept : runtime_(runtime) {}

  [[nodiscard]] Shard* shard_here() const noexcept;
  [[nodiscard]] Table& table_here(Pid subscriber);
  void unsubscribe(SubscriptionId id) noexcept;
  void missed(Pid subscriber, Errc why);

  void set_gateway(Pid gateway) noexcept {
    gateway_.store(gateway.bits(), std::memory_order_release);
  }
  [[nodiscard]] Subscription subscribed(SubscriptionId id);
  void publish_everywhere(Publication publication);
  void publish(const PublicationPtr& publication);
  void forward(const PublicationPtr& publication);
  void pass_to(std::uint32_t shard, PublicationPtr publication);
  void dispatch(std::uint32_t shard, PublicationPtr publication);
  void count_deliveries(std::size_t deliveries) noexcept;

  Runtime& runtime_;
  Directory directory_;
  // Each made, and used, by its shard only.
  std::array<std::unique_ptr<Table>, Pid::kMaxShard + 1> tables_;
  std::atomic<std::uint64_t> gateway_{0};  // the PubSub actor, if it has an adapter
  std::atomic<std::size_t> subscriptions_{0};
  std::atomic<std::uint64_t> broadcasts_{0};
  std::atomic<std::uint64_t> deliveries_{0};
  std::atomic<std::uint64_t> unforwarded_{0};
};

}  // namespace coppice::actors::pubsub
