#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "actors/pubsub/broadcast.hpp"
#include "app/rooms/history/read_history.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::rooms {

/// The payload with the message's position, as those get it who follow a history: an object has it
/// as its last member, `_position`; bytes stay as they are.
[[nodiscard]] net::channels::Payload positioned_payload(const KeptMessage& message);

/// What follows a message whose payload can't hold its position: the event `_position`.
[[nodiscard]] std::optional<net::channels::Payload> position_marker(const KeptMessage& message);
inline constexpr std::string_view kPositionEvent = "_position";

/// A message that has been kept, to all members of its topic. Each form of it is encoded once, if
/// anybody needs it.
class HistoryMessage final : public actors::pubsub::Broadcast {
 public:
  HistoryMessage(const KeptMessage& message, std::int64_t epoch);

  const HistoryPoint point;
  const net::channels::Broadcast plain;       ///< For those who asked for nothing.
  const net::channels::Broadcast positioned;  ///< For those who follow.
  /// Comes after `positioned`, where that can't say it; else null.
  const std::unique_ptr<const net::channels::Broadcast> marker;
};

}  // namespace coppice::app::rooms
