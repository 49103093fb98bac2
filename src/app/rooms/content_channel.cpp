#include "app/rooms/content_channel.hpp"

namespace coppice::app::rooms {

using net::channels::Payload;

ContentChannel::ContentChannel(std::string topic, net::channels::Port port, Realtime realtime,
                               ClientPtr client)
    : topic_(std::move(topic)),
      port_(std::move(port)),
      realtime_(std::move(realtime)),
      client_(std::move(client)) {}

void ContentChannel::on_join(Payload /*params*/) {
  subscription_ = realtime_.hub->subscribe(
      topic_, client_->connection,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        const auto self = weak.lock();
        const auto* message = dynamic_cast<const TopicBroadcast*>(broadcast.get());
        if (self && message != nullptr) self->port_.deliver(message->message);
      });
  port_.accept();
}

void ContentChannel::on_event(std::string /*event*/, Payload /*payload*/,
                              net::channels::Reply reply) {
  reply.error(Payload::json(R"({"reason":"unknown event"})"));
}

void ContentChannel::on_end(net::channels::EndReason /*reason*/) noexcept {
  subscription_.cancel();
}

}  // namespace coppice::app::rooms
