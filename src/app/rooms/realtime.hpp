#pragma once

#include <memory>
#include <string>

#include "actors/presence/presence.hpp"
#include "actors/presence/roster.hpp"
#include "actors/pubsub/hub.hpp"
#include "app/dashboard/desk.hpp"
#include "app/rooms/channel_status.hpp"
#include "app/rooms/disconnects.hpp"
#include "app/rooms/history/historian.hpp"
#include "net/channels/broadcast.hpp"
#include "net/channels/shard_sockets.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::changes {
struct Source;
}  // namespace coppice::app::changes

namespace coppice::app::rooms {

/// What channels of this application share.
struct Realtime {
  std::shared_ptr<actors::pubsub::Hub> hub;
  std::shared_ptr<actors::presence::Roster> roster;
  std::shared_ptr<Disconnects> disconnects;
  bool drills = false;  ///< events that crash or stop a channel on request are served
  std::shared_ptr<const changes::Source> changes{};  ///< for those who follow changes
  HistoryPtr history{};                              ///< of rooms; null if they have none
  dashboard::DeskPtr desk{};                         ///< of the operators' dashboard
  std::shared_ptr<ChannelCounters> counters = std::make_shared<ChannelCounters>();
  std::shared_ptr<const net::channels::SocketRegister> sockets{};
};

/// @param node  What this node is called among others.
[[nodiscard]] Realtime make_realtime(actors::Runtime& runtime, bool drills, std::string node);

/// A message to all members of a topic, as the hub carries it.
using TopicBroadcast = net::channels::Broadcast;

/// The worker `presence` of the tree, which speaks as Phoenix's clients expect.
/// @param options  How it speaks to other nodes, if there are any; the rest is filled in.
[[nodiscard]] supervisor::ChildSpec presence_child(const Realtime& realtime,
                                                   actors::presence::PresenceOptions options = {});

}  // namespace coppice::app::rooms
