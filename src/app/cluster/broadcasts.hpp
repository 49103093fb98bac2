#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/pubsub/hub.hpp"
#include "actors/pubsub/pubsub.hpp"
#include "actors/result.hpp"
#include "app/cluster/link.hpp"

namespace coppice::app::cluster {

/// A broadcast and its topic as bytes; nothing if it is of a class that no other node needs.
[[nodiscard]] std::optional<std::string> broadcast_to_bytes(
    const std::string& topic, const actors::pubsub::Broadcast& broadcast);

/// Hands broadcasts of other nodes to this node's subscribers.
///
/// Thread: any.
class Intake {
 public:
  /// Bytes that wait for shards to hand them out. What comes beyond is dropped, so that nodes that
  /// say more than this one can take don't use up its memory.
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

  explicit Intake(std::shared_ptr<actors::pubsub::Hub> hub) : hub_(std::move(hub)) {}

  /// Errors: malformed; overloaded.
  [[nodiscard]] actors::Result<void> take(std::string_view bytes) const;

 private:
  const std::shared_ptr<actors::pubsub::Hub> hub_;
  const std::shared_ptr<std::atomic<std::size_t>> waiting_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

/// What PubSub hands this node's broadcasts to.
[[nodiscard]] actors::pubsub::MakeAdapter adapter_to(std::shared_ptr<const Bus> bus);

}  // namespace coppice::app::cluster
