#include "app/rooms/room_channel.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "net/channels/json_reader.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::EndReason;
using net::channels::Payload;
using net::channels::Reply;

constexpr std::string_view kPrefix = "room:";

// A member's outbound queue holds 1 MiB: what many are to get must be much smaller than that.
constexpr std::size_t kMaxPayloadBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxMetaBytes = std::size_t{4} * 1024;  // every member's is in each state

/// The payload as an object; empty for bytes and other JSON, nothing for what can't be read.
std::optional<boost::json::object> object_of(const Payload& payload) {
  if (payload.kind != Payload::Kind::json) return boost::json::object();
  boost::json::parse_options options;
  options.max_depth = net::channels::kMaxJsonDepth;  // what a frame may nest
  boost::system::error_code error;
  auto value = boost::json::parse(payload.bytes, error, {}, options);
  if (error) return std::nullopt;
  return value.is_object() ? std::move(value.as_object()) : boost::json::object();
}

Payload json(const boost::json::object& object) {
  return Payload::json(boost::json::serialize(object));
}

bool is_true(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

void answer_too_large(const Reply& reply, std::size_t most) {
  reply.error(json({{"reason", "payload too large"}, {"max_bytes", most}}));
}

std::string new_meta() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return boost::json::serialize(boost::json::object{{"online_at", std::to_string(seconds)}});
}

}  // namespace

RoomChannel::RoomChannel(std::string topic, net::channels::Port port, Realtime realtime,
                         ClientPtr client)
    : topic_(std::move(topic)),
      port_(std::move(port)),
      realtime_(std::move(realtime)),
      client_(std::move(client)) {}

void RoomChannel::on_join(Payload params) {
  const auto wishes = object_of(params);
  if (!wishes) return refuse("malformed params");
  if (is_true(*wishes, "deny")) return refuse("unauthorized");
  // Subscribed before the answer, so that a broadcast between the two is not lost; the socket holds
  // it back until the answer is out.
  subscription_ = realtime_.hub->subscribe(
      topic_, client_->connection,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        if (const auto self = weak.lock()) self->receive(broadcast);
      });
  port_.accept(json({{"room", topic_.substr(kPrefix.size())}}));
  enter();
}

void RoomChannel::refuse(std::string_view why) { port_.refuse(json({{"reason", why}})); }

void RoomChannel::enter() {
  meta_ = new_meta();
  auto tracked = realtime_.roster->track(client_->connection, topic_, client_->user_id, meta_);
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
  if (payload.bytes.size() > kMaxPayloadBytes) return answer_too_large(reply, kMaxPayloadBytes);
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
    update_meta(payload, reply);
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

void RoomChannel::update_meta(const Payload& payload, const Reply& reply) {
  auto meta = object_of(Payload::json(meta_));
  auto changes = object_of(payload);
  if (!meta || !changes) {
    reply.error(json({{"reason", "malformed payload"}}));
    return;
  }
  for (auto& member : *changes) (*meta)[member.key()] = std::move(member.value());
  std::string updated = boost::json::serialize(*meta);
  if (updated.size() > kMaxMetaBytes) return answer_too_large(reply, kMaxMetaBytes);
  meta_ = std::move(updated);
  if (const auto told = tracked_.update(meta_); !told) {
    throw std::runtime_error("presence: " + told.error().message());
  }
}

void RoomChannel::on_end(EndReason /*reason*/) noexcept {
  subscription_.cancel();
  tracked_.untrack();
}

}  // namespace coppice::app::rooms
