#pragma once

#include <cstdint>
#include <memory>

namespace coppice::actors::pubsub {

/// What is published: an immutable object of the publisher's own class, shared by all receivers.
///
/// A class that encodes itself lazily must do so thread-safely: receivers live on any shard.
class Broadcast {
 public:
  Broadcast() noexcept = default;
  Broadcast(const Broadcast&) = delete;
  Broadcast& operator=(const Broadcast&) = delete;
  virtual ~Broadcast() = default;
};

using BroadcastPtr = std::shared_ptr<const Broadcast>;

/// Names one subscription, for ever. The upper 12 bits are its shard.
enum class SubscriptionId : std::uint64_t {};

/// What an actor gets that subscribes by mail: `void handle(pubsub::Delivery delivery)`.
struct Delivery {
  SubscriptionId subscription;  ///< which of its subscriptions
  BroadcastPtr broadcast;
};

}  // namespace coppice::actors::pubsub
