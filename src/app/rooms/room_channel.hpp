#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "app/rooms/client.hpp"
#include "app/rooms/history/historian.hpp"
#include "app/rooms/history/history_message.hpp"
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

  /// @param history  Null if rooms have none.
  /// @param drills  Whether events that crash or stop the channel on request are served.
  RoomChannel(net::channels::Port port, ClientPtr client, HistoryPtr history, bool drills);

  static void events(net::channels::EventTable<RoomChannel>& on);
  void join(Payload params);

 private:
  /// Of a client that follows the history.
  struct Following {
    HistoryPoint seen;
    bool caught_up = false;
    std::vector<std::shared_ptr<const HistoryMessage>> waiting{};  // until it has caught up
  };

  void enter(boost::json::object response);
  void follow(std::optional<HistoryPoint> since);
  void catch_up(actors::Result<HistoryPage> page);
  void pass_on(const HistoryMessage& message);
  void keep(Payload payload, const Reply& reply);
  void on_message(const actors::pubsub::BroadcastPtr& message) override;

  void echo(Payload payload, const Reply& reply);
  void shout(Payload payload, const Reply& reply);
  void whisper(Payload payload, const Reply& reply);
  void push_back(Payload payload, const Reply& reply);
  void update_meta(Payload payload, const Reply& reply);
  void on_unknown_event(const std::string& event, Payload payload, const Reply& reply) override;
  [[nodiscard]] bool drill(const std::string& event);

  const ClientPtr client_;
  const HistoryPtr history_;
  const bool drills_;
  boost::json::object meta_;
  std::unique_ptr<Following> following_;  // null for a client that asked for nothing
};

}  // namespace coppice::app::rooms
