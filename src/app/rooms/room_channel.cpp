#include "app/rooms/room_channel.hpp"

#include <chrono>
#include <stdexcept>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app::rooms {
namespace {

using net::channels::EndReason;
using net::channels::Payload;
using net::channels::Reply;

constexpr std::string_view kPrefix = "room:";

boost::json::object object_of(const Payload& payload) {
  if (payload.kind != Payload::Kind::json) return {};
  boost::system::error_code error;
  auto value = boost::json::parse(payload.bytes, error);
  return !error && value.is_object() ? std::move(value.as_object()) : boost::json::object();
}

Payload json(const boost::json::object& object) {
  return Payload::json(boost::json::serialize(object));
}

bool is_true(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

std::string new_meta() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return boost::json::serialize(boost::json::object{{"online_at", std::to_string(seconds)}});
}

}  // namespace

RoomChannel::RoomChannel(std::string topic, net::channels::Port port, Realtime realtime,
                         actors::Pid connection, std::string user_id)
    : topic_(std::move(topic)),
      port_(std::move(port)),
      realtime_(std::move(realtime)),
      connection_(connection),
      user_id_(std::move(user_id)) {}

void RoomChannel::on_join(Payload params) {
  if (is_true(object_of(params), "deny")) {
    port_.refuse(json({{"reason", "unauthorized"}}));
    return;
  }
  // Subscribed before the answer, so that a broadcast between the two is not lost; the socket holds
  // it back until the answer is out.
  subscription_ = realtime_.hub->subscribe(
      topic_, connection_,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        if (const auto self = weak.lock()) self->receive(broadcast);
      });
  port_.accept(json({{"room", topic_.substr(kPrefix.size())}}));
  enter();
}

void RoomChannel::enter() {
  meta_ = new_meta();
  auto tracked = realtime_.roster->track(connection_, topic_, user_id_, meta_);
  if (!tracked) throw std::runtime_error("presence: " + tracked.error().message());
  tracked_ = std::move(*tracked);
  realtime_.roster->request_state(topic_, subscription_.id());
}

void RoomChannel::receive(const actors::pubsub::BroadcastPtr& broadcast) {
  if (const auto* message = dynamic_cast<const TopicBroadcast*>(broadcast.get())) {
    port_.deliver(message->message);
  } else if (const auto* state = dynamic_cast<const PresenceState*>(broadcast.get())) {
    port_.push("presence_state", state->payload);
  }
}

void RoomChannel::on_event(std::string event, Payload payload, Reply reply) {
  if (event == "ping" || event == "bin") {
    reply.ok(payload);
  } else if (event == "shout") {
    realtime_.hub->broadcast(topic_,
                             std::make_shared<TopicBroadcast>(topic_, event, std::move(payload)));
  } else if (event == "whisper") {
    realtime_.hub->broadcast_from(
        subscription_.id(), topic_,
        std::make_shared<TopicBroadcast>(topic_, event, std::move(payload)));
  } else if (event == "push_me") {
    port_.push("pushed", payload);
  } else if (event == "update_meta") {
    update_meta(payload);
  } else if (!handle_drill(event)) {
    if (realtime_.drills) throw std::runtime_error("unknown event " + event);
    reply.error(json({{"reason", "unknown event"}}));
  }
}

// Outside production only: what tests and drills need of a misbehaving channel.
bool RoomChannel::handle_drill(const std::string& event) {
  if (!realtime_.drills) return false;
  if (event == "silent") return true;
  if (event == "crash") throw std::runtime_error("crash on request");
  if (event != "stop") return false;
  port_.close();
  return true;
}

void RoomChannel::update_meta(const Payload& payload) {
  auto meta = object_of(Payload::json(meta_));
  for (auto& member : object_of(payload)) meta[member.key()] = std::move(member.value());
  meta_ = boost::json::serialize(meta);
  if (const auto updated = tracked_.update(meta_); !updated) {
    throw std::runtime_error("presence: " + updated.error().message());
  }
}

void RoomChannel::on_end(EndReason /*reason*/) noexcept {
  subscription_.cancel();
  tracked_.untrack();
}

}  // namespace coppice::app::rooms
