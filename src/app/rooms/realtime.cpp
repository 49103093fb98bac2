#include "app/rooms/realtime.hpp"

#include <utility>

#include "actors/presence/json.hpp"

namespace coppice::app::rooms {

using actors::presence::Diff;
using actors::presence::TopicCount;
using actors::presence::TopicState;
using actors::pubsub::BroadcastPtr;

Realtime make_realtime(actors::Runtime& runtime, bool drills, std::string node) {
  auto hub = actors::pubsub::Hub::make(runtime);
  return {.hub = hub,
          .roster = actors::presence::Roster::make(runtime, {.node = std::move(node), .seed = {}}),
          .disconnects = std::make_shared<Disconnects>(hub),
          .drills = drills,
          .sockets = std::make_shared<net::channels::SocketRegister>(runtime.shard_count())};
}

supervisor::ChildSpec presence_child(const Realtime& realtime,
                                     actors::presence::PresenceOptions options) {
  options.encode_diff = [](const Diff& diff) -> BroadcastPtr {
    return std::make_shared<TopicBroadcast>(
        diff.topic, "presence_diff", net::channels::Payload::json(actors::presence::to_json(diff)));
  };
  options.encode_state = [](const TopicState& state) -> BroadcastPtr {
    return std::make_shared<net::channels::Push>(
        "presence_state", net::channels::Payload::json(actors::presence::to_json(state)));
  };
  options.encode_count = [](const TopicCount& count) -> BroadcastPtr {
    return std::make_shared<TopicBroadcast>(
        count.topic, "presence_count",
        net::channels::Payload::json(actors::presence::to_json(count)));
  };
  return supervisor::worker<actors::presence::Presence>("presence", realtime.roster, realtime.hub,
                                                        std::move(options));
}

}  // namespace coppice::app::rooms
