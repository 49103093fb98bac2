#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"

namespace coppice::actors::pubsub {

/// Carries broadcasts to other nodes. What comes from them goes to Hub::broadcast_local().
///
/// Thread: the PubSub actor's shard.
class Adapter {
 public:
  Adapter() noexcept = default;
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;
  virtual ~Adapter() = default;

  /// Called once per broadcast of this node, in each publisher's order. An exception is the
  /// PubSub actor's crash: the next incarnation has a new adapter.
  virtual void forward(const std::string& topic, const BroadcastPtr& broadcast) = 0;
};

using MakeAdapter = std::function<std::unique_ptr<Adapter>(std::shared_ptr<Hub>)>;

/// The worker `pubsub` of the tree: keeps the adapter to other nodes, and shows operators what the
/// hub does. Without an adapter, messages stay on this node.
///
/// Delivery on this node needs no actor (see Hub), so nothing is lost while this one restarts
/// except what other nodes should have got, and that is counted (Hub::Stats::unforwarded).
class PubSub final : public Server<PubSub> {
 public:
  explicit PubSub(std::shared_ptr<Hub> hub, MakeAdapter make_adapter = {});

  void init();

  struct Forward {
    PublicationPtr publication;
  };
  void handle(const Forward& message);

  [[nodiscard]] std::string describe() const override;

 private:
  std::shared_ptr<Hub> hub_;
  MakeAdapter make_adapter_;
  std::unique_ptr<Adapter> adapter_;
};

}  // namespace coppice::actors::pubsub
