#include "net/channels/topic_channel.hpp"

#include <stdexcept>

namespace coppice::net::channels {
namespace {

void require(const actors::Result<void>& present) {
  if (!present) throw std::runtime_error("presence: " + present.error().message());
}

}  // namespace

TopicChannelBase::TopicChannelBase(Port port, std::shared_ptr<const ClientContext> client)
    : port_(std::move(port)), client_(std::move(client)) {}

// -- answering the join --------------------------------------------------------------------------

void TopicChannelBase::accept(const Payload& response) {
  listen();
  port_.accept(response);
}

// The subscription is over before this is, so the hub needs no more than a plain pointer.
void TopicChannelBase::listen() {
  if (subscription_ || !port_.is_open()) return;
  subscription_ = client_->hub->subscribe_together(
      topic(), client_->connection,
      [this](actors::pubsub::Broadcasts messages) { receive(messages); });
}

void TopicChannelBase::receive(actors::pubsub::Broadcasts messages) {
  run([&] {
    if (messages.size() == 1) return take(messages.front());
    const Port::Together together(port_);
    for (const auto& message : messages) {
      if (subscription_) take(message);
    }
  });
}

void TopicChannelBase::take(const actors::pubsub::BroadcastPtr& message) {
  if (const auto* broadcast = dynamic_cast<const Broadcast*>(message.get())) {
    on_broadcast(*broadcast);
  } else if (const auto* push = dynamic_cast<const Push*>(message.get())) {
    port_.push(push->event, push->payload);
  } else {
    on_message(message);
  }
}

// -- sending -------------------------------------------------------------------------------------

void TopicChannelBase::broadcast(std::string event, Payload payload) {
  client_->hub->broadcast_as(
      subscription_.id(), topic(),
      std::make_shared<const Broadcast>(topic(), std::move(event), std::move(payload)));
}

void TopicChannelBase::broadcast_latest(std::string event, std::string key,
                                        const boost::json::object& payload) {
  client_->hub->broadcast_as(
      subscription_.id(), topic(),
      std::make_shared<const Broadcast>(topic(), std::move(event), Payload::object(payload),
                                        std::move(key)));
}

void TopicChannelBase::broadcast_from(std::string event, Payload payload) {
  client_->hub->broadcast_from(
      subscription_.id(), topic(),
      std::make_shared<const Broadcast>(topic(), std::move(event), std::move(payload)));
}

// -- being present -------------------------------------------------------------------------------

void TopicChannelBase::track(std::string key, const boost::json::object& meta) {
  if (!port_.is_open()) return;  // the client did not wait for it
  auto tracked = client_->roster->track(client_->connection, topic(), std::move(key),
                                        boost::json::serialize(meta));
  if (!tracked) require(std::unexpected(tracked.error()));
  tracked_ = std::move(*tracked);
  client_->roster->request_state(topic(), subscription_.id());
}

void TopicChannelBase::update_presence(const boost::json::object& meta) {
  if (port_.is_open()) require(tracked_.update(boost::json::serialize(meta)));
}

// -- later ---------------------------------------------------------------------------------------

ChannelTimers& TopicChannelBase::timers() {
  if (!timers_) timers_ = std::make_unique<ChannelTimers>();
  return *timers_;
}

TimerId TopicChannelBase::send_after(actors::Duration delay, std::function<void()> action) {
  if (!port_.is_open()) return {};
  return timers().after(delay, [this, action = std::move(action)] { run(action); });
}

TimerId TopicChannelBase::send_every(actors::Duration interval, std::function<void()> action) {
  if (!port_.is_open()) return {};
  return timers().every(interval, [this, action = std::move(action)] { run(action); });
}

void TopicChannelBase::cancel(TimerId timer) noexcept {
  if (timers_) timers_->cancel(timer);
}

// -- ending, and what a channel may override -----------------------------------------------------

void TopicChannelBase::on_end(EndReason reason) noexcept {
  subscription_.cancel();
  tracked_.untrack();
  if (timers_) timers_->cancel_all();
  leave(reason);
}

void TopicChannelBase::on_unknown_event(const std::string& event, Payload /*payload*/,
                                        const Reply& /*reply*/) {
  throw std::runtime_error("unknown event " + event);
}

void TopicChannelBase::on_message(const actors::pubsub::BroadcastPtr& /*message*/) {}

void TopicChannelBase::leave(EndReason /*reason*/) noexcept {}

}  // namespace coppice::net::channels
