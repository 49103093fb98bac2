#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "app/rooms/client.hpp"
#include "app/rooms/history/history_channel.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// `room:*`: a place to talk. Members are present under their `user_id`; `shout` reaches all of
/// them, and is kept if there is a history, `whisper` all but the sender; see docs/channels.md for
/// the other events.
///
/// Thread: the connection's shard.
class RoomChannel final : public net::channels::TopicChannel<RoomChannel, HistoryChannel> {
 public:
  using Payload = net::channels::Payload;
  using Reply = net::channels::Reply;

  /// @param history  Null if rooms have none.
  /// @param drills  Whether events that crash or stop the channel on request are served.
  RoomChannel(net::channels::Port port, ClientPtr client, HistoryPtr history, bool drills);

  static void events(net::channels::EventTable<RoomChannel>& on);
  void join(const Payload& params);

 private:
  void enter(boost::json::object response);

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
