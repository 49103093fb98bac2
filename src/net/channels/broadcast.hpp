#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/pubsub/broadcast.hpp"
#include "net/channels/message.hpp"
#include "net/channels/serializer.hpp"
#include "net/websocket/frame.hpp"

namespace coppice::net::channels {

/// One message to all subscribers of a topic. Encoded at most once per serializer, when the first
/// subscriber with it turns up; all of them share the bytes.
///
/// Thread: any; it is shared between shards.
class Broadcast final : public actors::pubsub::Broadcast {
 public:
  /// Throws std::invalid_argument if @p payload is neither an object nor binary.
  /// @param key  What it replaces in a topic of SlowClients::keep_latest; empty for the event.
  Broadcast(std::string topic, std::string event, Payload payload, std::string key = {});

  [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
  [[nodiscard]] const std::string& event() const noexcept { return event_; }
  [[nodiscard]] const Payload& payload() const noexcept { return payload_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_.empty() ? event_ : key_; }

  /// The finished frame; nothing if that serializer cannot express it (bytes in V1, or a topic or
  /// event of more than 255 bytes in a binary frame).
  [[nodiscard]] const std::optional<websocket::Frame>& frame(Version version) const;

 private:
  struct Encoding {
    std::once_flag once;
    std::optional<websocket::Frame> frame;
  };

  std::string topic_;
  std::string event_;
  Payload payload_;
  std::string key_;
  mutable std::array<Encoding, 2> encodings_;
};

/// A push to one channel from elsewhere: what Hub::send() carries to its subscription.
class Push final : public actors::pubsub::Broadcast {
 public:
  Push(std::string event, Payload payload) : event(std::move(event)), payload(std::move(payload)) {}

  const std::string event;
  const Payload payload;
};

}  // namespace coppice::net::channels
