#include "app/rooms/disconnects.hpp"

#include <utility>

#include "app/rooms/realtime.hpp"

namespace coppice::app::rooms {
namespace {

constexpr std::string_view kEvent = "disconnect";

std::string topic_of(std::int64_t user_id) { return "users_socket:" + std::to_string(user_id); }

}  // namespace

void Disconnects::disconnect(std::int64_t user_id) {
  // Noted first: whoever subscribes too late for the broadcast sees the note.
  const auto count = ++count_;
  auto& last = last_.at(static_cast<std::size_t>(user_id) % kSlots);
  for (auto seen = last.load(); seen < count && !last.compare_exchange_weak(seen, count);) {
  }
  const auto topic = topic_of(user_id);
  hub_->broadcast(topic, std::make_shared<TopicBroadcast>(topic, std::string(kEvent),
                                                          net::channels::Payload()));
}

actors::pubsub::Subscription Disconnects::listen(std::int64_t user_id, actors::Pid socket,
                                                 std::function<void()> on_disconnect) {
  return hub_->subscribe(
      topic_of(user_id), socket,
      [on_disconnect = std::move(on_disconnect)](const actors::pubsub::BroadcastPtr& broadcast) {
        const auto* message = dynamic_cast<const TopicBroadcast*>(broadcast.get());
        if (message != nullptr && message->event() == kEvent) on_disconnect();
      });
}

}  // namespace coppice::app::rooms
