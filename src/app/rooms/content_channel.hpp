#pragma once

#include <string>
#include <utility>

#include "app/rooms/client.hpp"
#include "app/rooms/realtime.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// A broadcast that is for those members alone who see what is hidden from the public.
class HiddenBroadcast final : public actors::pubsub::Broadcast {
 public:
  HiddenBroadcast(std::string topic, std::string event, net::channels::Payload payload)
      : broadcast(std::move(topic), std::move(event), std::move(payload)) {}

  const TopicBroadcast broadcast;
};

/// The topic `content`: tells those who join of changes (see changes::Follower), and takes no
/// events.
class ContentChannel final : public net::channels::TopicChannel<ContentChannel> {
 public:
  ContentChannel(net::channels::Port port, const ClientPtr& client);

  void join() { accept(); }

 private:
  void on_message(const actors::pubsub::BroadcastPtr& message) override;
  void on_unknown_event(const std::string& event, net::channels::Payload payload,
                        const net::channels::Reply& reply) override;

  const bool sees_hidden_;
};

}  // namespace coppice::app::rooms
