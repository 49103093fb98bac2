#include "app/rooms/content_channel.hpp"

namespace coppice::app::rooms {

ContentChannel::ContentChannel(net::channels::Port port, const ClientPtr& client)
    : TopicChannel(std::move(port), client),
      sees_hidden_(client->principal != nullptr && client->principal->sees_hidden()) {}

void ContentChannel::on_message(const actors::pubsub::BroadcastPtr& message) {
  if (!sees_hidden_) return;
  const auto* hidden = dynamic_cast<const HiddenBroadcast*>(message.get());
  if (hidden != nullptr) on_broadcast(hidden->broadcast);
}

void ContentChannel::on_unknown_event(const std::string& /*event*/,
                                      net::channels::Payload /*payload*/,
                                      const net::channels::Reply& reply) {
  reply.error({{"reason", "unknown event"}});
}

}  // namespace coppice::app::rooms
