#include "net/channels/broadcast.hpp"

#include <stdexcept>
#include <utility>

namespace coppice::net::channels {

Broadcast::Broadcast(std::string topic, std::string event, Payload payload, std::string key)
    : topic_(std::move(topic)),
      event_(std::move(event)),
      payload_(std::move(payload)),
      key_(std::move(key)) {
  if (!payload_.is_object_or_binary()) {
    throw std::invalid_argument("the payload of a broadcast must be a JSON object or binary");
  }
}

const std::optional<websocket::Frame>& Broadcast::frame(Version version) const {
  auto& encoding = encodings_.at(std::to_underlying(version));
  std::call_once(encoding.once, [&] {
    if (auto frame = encode_broadcast(version, topic_, event_, payload_)) {
      encoding.frame = *std::move(frame);
    }
  });
  return encoding.frame;
}

}  // namespace coppice::net::channels
