#include "actors/pubsub/pubsub.hpp"

#include <utility>

namespace coppice::actors::pubsub {

PubSub::PubSub(std::shared_ptr<Hub> hub, MakeAdapter make_adapter)
    : hub_(std::move(hub)), make_adapter_(std::move(make_adapter)) {}

void PubSub::init() {
  if (!make_adapter_) return;
  adapter_ = make_adapter_(hub_);
  hub_->set_gateway(self().pid());
}

void PubSub::handle(const Forward& message) {
  adapter_->forward(message.publication->topic, message.publication->broadcast);
}

std::string PubSub::describe() const {
  const auto stats = hub_->stats();
  return std::to_string(stats.topics) + " topics, " + std::to_string(stats.subscriptions) +
         " subscriptions, " + std::to_string(stats.broadcasts) + " broadcasts, " +
         std::to_string(stats.deliveries) + " deliveries, " + std::to_string(stats.unforwarded) +
         " not forwarded";
}

}  // namespace coppice::actors::pubsub
