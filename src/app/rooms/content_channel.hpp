#pragma once

#include <memory>
#include <string>

#include "app/rooms/client.hpp"
#include "app/rooms/realtime.hpp"
#include "net/channels/channel.hpp"

namespace coppice::app::rooms {

/// The topic `content`: tells those who join of changes (see changes::Follower), and takes no
/// events.
class ContentChannel final : public net::channels::Channel,
                             public std::enable_shared_from_this<ContentChannel> {
 public:
  ContentChannel(std::string topic, net::channels::Port port, Realtime realtime, ClientPtr client);

  void on_join(net::channels::Payload params) override;
  void on_event(std::string event, net::channels::Payload payload,
                net::channels::Reply reply) override;
  void on_end(net::channels::EndReason reason) noexcept override;

 private:
  const std::string topic_;
  const net::channels::Port port_;
  const Realtime realtime_;
  const ClientPtr client_;
  actors::pubsub::Subscription subscription_;
};

}  // namespace coppice::app::rooms
