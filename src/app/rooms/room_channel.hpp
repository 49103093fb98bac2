#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/rooms/client.hpp"
#include "app/rooms/realtime.hpp"
#include "net/channels/channel.hpp"

namespace coppice::app::rooms {

/// `room:*`: a place to talk. Members are present under their `user_id`; `shout` reaches all of
/// them, `whisper` all but the sender; see docs/channels.md for the other events.
///
/// Thread: the connection's shard.
class RoomChannel final : public net::channels::Channel,
                          public std::enable_shared_from_this<RoomChannel> {
 public:
  RoomChannel(std::string topic, net::channels::Port port, Realtime realtime, ClientPtr client);

  void on_join(net::channels::Payload params) override;
  void on_event(std::string event, net::channels::Payload payload,
                net::channels::Reply reply) override;
  void on_end(net::channels::EndReason reason) noexcept override;

 private:
  void receive(const actors::pubsub::BroadcastPtr& broadcast);
  void enter();
  bool handle_drill(const std::string& event);
  void refuse(std::string_view why);
  void update_meta(const net::channels::Payload& payload, const net::channels::Reply& reply);

  const std::string topic_;
  const net::channels::Port port_;
  const Realtime realtime_;
  const ClientPtr client_;
  std::string meta_;
  actors::pubsub::Subscription subscription_;
  actors::presence::Tracked tracked_;
};

}  // namespace coppice::app::rooms
