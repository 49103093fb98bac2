#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "actors/pubsub/broadcast.hpp"
#include "app/rooms/history/read_history.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::rooms {

/// What follows a message whose payload can't hold its position.
inline constexpr std::string_view kPositionEvent = "_position";

/// A message that has been kept, to all members of its topic. Each form of it is encoded once, if
/// anybody needs it.
class HistoryMessage final : public actors::pubsub::Broadcast {
 public:
  HistoryMessage(const KeptMessage& message, std::int64_t epoch);

  const HistoryPoint point;
  const net::channels::Broadcast plain;  ///< For those who asked for nothing.
  /// For those who follow: an object has the position as its last member, `_position`; bytes stay
  /// as they are.
  const net::channels::Broadcast positioned;
  /// Comes after `positioned`, where that can't say it; else null.
  const std::unique_ptr<const net::channels::Broadcast> marker;
};

}  // namespace coppice::app::rooms
