#include "app/cluster/broadcasts.hpp"

#include <cstdint>
#include <tuple>
#include <utility>

#include "app/rooms/history/history_message.hpp"
#include "db/codec.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::cluster {

using actors::Errc;
using actors::Result;
using actors::pubsub::BroadcastPtr;
using net::channels::Payload;

namespace {

/// A message to a topic's members.
struct SentBroadcast {
  std::string topic;  // On which it is broadcast.
  std::string said_topic;
  std::string event;
  bool is_binary = false;
  std::string payload;
  std::string key;

  auto fields(this auto& self) {
    return std::tie(self.topic, self.said_topic, self.event, self.is_binary, self.payload,
                    self.key);
  }
};

SentBroadcast to_sent(const std::string& topic, const net::channels::Broadcast& broadcast) {
  return {.topic = topic,
          .said_topic = broadcast.topic(),
          .event = broadcast.event(),
          .is_binary = broadcast.payload().kind == Payload::Kind::binary,
          .payload = broadcast.payload().bytes,
          .key = broadcast.key()};
}

Payload payload_of(SentBroadcast& sent) {
  return sent.is_binary ? Payload::binary(std::move(sent.payload))
                        : Payload::json(std::move(sent.payload));
}

BroadcastPtr from_sent(SentBroadcast sent) {
  auto payload = payload_of(sent);
  return std::make_shared<const net::channels::Broadcast>(
      std::move(sent.said_topic), std::move(sent.event), std::move(payload), std::move(sent.key));
}

/// A broadcast that counts as long as somebody has yet to get it.
struct Held {
  Held(BroadcastPtr what, WaitingBytes bytes) noexcept
      : broadcast(std::move(what)), waiting(std::move(bytes)) {}
  const BroadcastPtr broadcast;
  const WaitingBytes waiting;
};

class Forwarding final : public actors::pubsub::Adapter {
 public:
  explicit Forwarding(std::shared_ptr<const Bus> bus) : bus_(std::move(bus)) {}

  void forward(const std::string& topic, const BroadcastPtr& broadcast) override {
    if (auto bytes = broadcast_to_bytes(topic, *broadcast)) {
      bus_->tell_all(Kind::broadcast, std::move(*bytes));
    }
  }

 private:
  const std::shared_ptr<const Bus> bus_;
};

}  // namespace

std::optional<std::string> broadcast_to_bytes(const std::string& topic,
                                              const actors::pubsub::Broadcast& broadcast) {
  if (const auto* plain = dynamic_cast<const net::channels::Broadcast*>(&broadcast)) {
    return db::to_bytes(to_sent(topic, *plain));
  }
  // Its place is one in this node's history: a node with a history of its own has another.
  if (const auto* kept = dynamic_cast<const rooms::HistoryMessage*>(&broadcast)) {
    return db::to_bytes(to_sent(topic, kept->plain));
  }
  return std::nullopt;
}

Result<void> Intake::take(std::string_view bytes) const {
  auto sent = db::from_bytes<SentBroadcast>(bytes);
  if (!sent) return std::unexpected(sent.error());
  const bool is_object = sent->is_binary || sent->payload.starts_with('{');
  if (!is_object) return actors::fail(Errc::malformed, "a broadcast that is no object");
  if (*waiting_ + bytes.size() > kMostBytes) {
    return actors::fail(Errc::overloaded, "too much waits to be handed out");
  }
  const auto topic = sent->topic;
  auto held = std::make_shared<const Held>(from_sent(*std::move(sent)),
                                           WaitingBytes(waiting_, bytes.size()));
  const auto* broadcast = held->broadcast.get();
  hub_->broadcast_local(topic, BroadcastPtr(std::move(held), broadcast));
  return {};
}

actors::pubsub::MakeAdapter adapter_to(std::shared_ptr<const Bus> bus) {
  return [bus = std::move(bus)](std::shared_ptr<actors::pubsub::Hub> /*hub*/) {
    return std::make_unique<Forwarding>(bus);
  };
}

}  // namespace coppice::app::cluster
