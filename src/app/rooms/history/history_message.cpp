#include "app/rooms/history/history_message.hpp"

#include <optional>
#include <string>

namespace coppice::app::rooms {
namespace {

using net::channels::Payload;

Payload payload_of(const Said& said) {
  return said.is_binary ? Payload::binary(said.payload) : Payload::json(said.payload);
}

std::string position_member(std::int64_t position) {
  return "\"_position\":" + std::to_string(position);
}

Payload positioned_payload(const KeptMessage& message) {
  if (message.said.is_binary) return payload_of(message.said);
  auto json = message.said.payload;
  json.pop_back();  // the brace
  json.erase(json.find_last_not_of(" \t\r\n") + 1);
  if (json != "{") json += ',';
  return Payload::json(json + position_member(message.position) + '}');
}

std::optional<Payload> position_marker(const KeptMessage& message) {
  if (!message.said.is_binary) return std::nullopt;
  return Payload::json("{" + position_member(message.position) + "}");
}

std::unique_ptr<const net::channels::Broadcast> make_marker(const KeptMessage& message) {
  auto payload = position_marker(message);
  if (!payload) return nullptr;
  return std::make_unique<const net::channels::Broadcast>(
      message.said.topic, std::string(kPositionEvent), *std::move(payload));
}

}  // namespace

HistoryMessage::HistoryMessage(const KeptMessage& message, std::int64_t epoch)
    : point{.epoch = epoch, .position = message.position},
      plain(message.said.topic, message.said.event, payload_of(message.said)),
      positioned(message.said.topic, message.said.event, positioned_payload(message)),
      marker(make_marker(message)) {}

}  // namespace coppice::app::rooms
