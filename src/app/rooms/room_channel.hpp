#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "app/rooms/client.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// `room:*`: a place to talk. Members are present under their `user_id`; `shout` reaches all of
/// them, `whisper` all but the sender; see docs/channels.md for the other events.
///
/// Thread: the connection's shard.
class RoomChannel final : public net::channels::TopicChannel<RoomChannel> {
 public:
  using Payload = net::channels::Payload;
  using Reply = net::channels::Reply;

  /// @param drills  Whether events that crash or stop the channel on request are served.
  RoomChannel(net::channels::Port port, ClientPtr client, bool drills);

  static void events(net::channels::EventTable<RoomChannel>& on);
  void join(Payload params);

 private:
  void echo(Payload payload, const Reply& reply);
  void shout(Payload payload, const Reply& reply);
  void whisper(Payload payload, const Reply& reply);
  void push_back(Payload payload, const Reply& reply);
  void update_meta(Payload payload, const Reply& reply);
  void on_unknown_event(const std::string& event, Payload payload, const Reply& reply) override;
  [[nodiscard]] bool drill(const std::string& event);

  const ClientPtr client_;
  const bool drills_;
  boost::json::object meta_;
};

}  // namespace coppice::app::rooms
