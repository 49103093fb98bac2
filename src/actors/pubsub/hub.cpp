#include "actors/pubsub/hub.hpp"

#include <stdexcept>

#include "actors/burst.hpp"
#include "actors/envelope.hpp"
#include "actors/pubsub/pubsub.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/spawn.hpp"
#include "actors/telemetry.hpp"

namespace coppice::actors::pubsub {

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    cancel();
    hub_ = std::move(other.hub_);
    id_ = other.id_;
  }
  return *this;
}

void Subscription::cancel() noexcept {
  if (const auto hub = std::exchange(hub_, nullptr)) hub->unsubscribe(id_);
}

/// Carries a publication to another shard and is handed out on arrival: no actor, and so no crash,
/// lies between a publisher and the subscribers.
class Hub::PublicationEnvelope final : public Envelope {
 public:
  PublicationEnvelope(std::shared_ptr<Hub> hub, PublicationPtr publication) noexcept
      : Envelope({}, {}, Lane::system),
        hub_(std::move(hub)),
        publication_(std::move(publication)) {}

  std::coroutine_handle<> deliver(Cell& /*cell*/) override { return {}; }
  void arrive(Shard& shard, std::unique_ptr<Envelope> /*self*/) override {
    hub_->dispatch(shard.index(), std::move(publication_));
  }
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Publication>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof *this; }

 private:
  std::shared_ptr<Hub> hub_;
  PublicationPtr publication_;
};

std::shared_ptr<Hub> Hub::make(Runtime& runtime) { return std::shared_ptr<Hub>(new Hub(runtime)); }

Hub::~Hub() = default;

// -- subscribing ---------------------------------------------------------------------------------

Shard* Hub::shard_here() const noexcept {
  Shard* shard = Shard::current();
  return shard != nullptr && &shard->runtime() == &runtime_ ? shard : nullptr;
}

Table& Hub::table_here(Pid subscriber) {
  const Shard* shard = shard_here();
  if (!subscriber || shard == nullptr || shard->index() != subscriber.shard()) {
    throw std::logic_error("subscribe() was not called on the subscriber's shard");
  }
  auto& table = tables_.at(shard->index());
  if (!table) table = std::make_unique<Table>(runtime_, directory_, shard->index());
  return *table;
}

Subscription Hub::subscribe(const std::string& topic, Pid subscriber, Deliver deliver) {
  return subscribed(table_here(subscriber).add(topic, subscriber, std::move(deliver)));
}

Subscription Hub::subscribe_together(const std::string& topic, Pid subscriber, DeliverAll deliver) {
  return subscribed(table_here(subscriber).add_together(topic, subscriber, std::move(deliver)));
}

Subscription Hub::subscribed(SubscriptionId id) {
  subscriptions_.fetch_add(1, std::memory_order_relaxed);
  return {shared_from_this(), id};
}

void Hub::unsubscribe(SubscriptionId id) noexcept {
  subscriptions_.fetch_sub(1, std::memory_order_relaxed);
  tables_.at(Table::shard_of(id))->remove(id);
}

void Hub::missed(Pid subscriber, Errc why) {
  if (why != Errc::overloaded) return;  // it has ended, and its subscription ends with it
  send_exit(runtime_, Pid(), subscriber, ExitReason::of(ExitReason::Kind::mailbox_overflow));
}

// -- publishing ----------------------------------------------------------------------------------

void Hub::broadcast(std::string_view topic, BroadcastPtr broadcast) {
  publish_everywhere({.topic = std::string(topic), .broadcast = std::move(broadcast)});
}

void Hub::broadcast_as(SubscriptionId sender, std::string_view topic, BroadcastPtr broadcast) {
  publish_everywhere(
      {.topic = std::string(topic), .broadcast = std::move(broadcast), .publisher = sender});
}

void Hub::broadcast_from(SubscriptionId sender, std::string_view topic, BroadcastPtr broadcast) {
  publish_everywhere({.topic = std::string(topic),
                      .broadcast = std::move(broadcast),
                      .publisher = sender,
                      .to_publisher = false});
}

void Hub::publish_everywhere(Publication publication) {
  const auto shared = std::make_shared<const Publication>(std::move(publication));
  forward(shared);
  publish(shared);
}

void Hub::broadcast_local(std::string_view topic, BroadcastPtr broadcast) {
  publish(std::make_shared<const Publication>(
      Publication{.topic = std::string(topic), .broadcast = std::move(broadcast)}));
}

void Hub::send(SubscriptionId receiver, BroadcastPtr message) {
  if (receiver == SubscriptionId{}) return;
  pass_to(Table::shard_of(receiver), std::make_shared<const Publication>(Publication{
                                         .broadcast = std::move(message), .only = receiver}));
}

// Other shards first: they can begin while this one is at work.
void Hub::publish(const PublicationPtr& publication) {
  if constexpr (kTelemetry) broadcasts_.fetch_add(1, std::memory_order_relaxed);
  const Shard* here = shard_here();
  bool is_here = false;
  for (const std::uint32_t shard : directory_.shards_of(publication->topic)) {
    if (here != nullptr && here->index() == shard) {
      is_here = true;
    } else {
      pass_to(shard, publication);
    }
  }
  if (is_here) dispatch(here->index(), publication);
}

void Hub::pass_to(std::uint32_t shard, PublicationPtr publication) {
  const Shard* here = shard_here();
  if (here != nullptr && here->index() == shard) {
    dispatch(shard, std::move(publication));
    return;
  }
  Shard* const there = runtime_.find_shard(shard);
  if (there == nullptr) return;
  there->post(std::make_unique<PublicationEnvelope>(shared_from_this(), std::move(publication)));
}

void Hub::dispatch(std::uint32_t shard, PublicationPtr publication) {
  const auto& table = tables_.at(shard);
  if (!table) return;
  Burst* const burst = Burst::current();
  if (burst == nullptr) return count_deliveries(table->dispatch(std::move(publication)));
  if (!table->holds_any()) {
    burst->at_end([self = shared_from_this(), shard] {
      self->count_deliveries(self->tables_.at(shard)->release());
    });
  }
  count_deliveries(table->hold(std::move(publication)));
}

void Hub::count_deliveries(std::size_t deliveries) noexcept {
  if constexpr (kTelemetry) deliveries_.fetch_add(deliveries, std::memory_order_relaxed);
}

void Hub::forward(const PublicationPtr& publication) {
  const auto gateway = Pid::from_bits(gateway_.load(std::memory_order_acquire));
  if (!gateway) return;
  const Sent sent = Ref<PubSub>(runtime_, gateway).cast(PubSub::Forward{publication});
  if (!sent) unforwarded_.fetch_add(1, std::memory_order_relaxed);
}

std::map<std::string, std::size_t> Hub::topics_here(std::string_view prefix) const {
  const Shard* shard = shard_here();
  const Table* table = shard == nullptr ? nullptr : tables_.at(shard->index()).get();
  return table == nullptr ? std::map<std::string, std::size_t>() : table->topics(prefix);
}

Hub::Stats Hub::stats() const {
  return {.topics = directory_.topic_count(),
          .subscriptions = subscriptions_.load(std::memory_order_relaxed),
          .broadcasts = broadcasts_.load(std::memory_order_relaxed),
          .deliveries = deliveries_.load(std::memory_order_relaxed),
          .unforwarded = unforwarded_.load(std::memory_order_relaxed)};
}

}  // namespace coppice::actors::pubsub
