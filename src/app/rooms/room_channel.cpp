#include "app/rooms/room_channel.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/json/serialize.hpp>

#include "net/channels/read_payload.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::Payload;
using net::channels::Reply;

constexpr std::string_view kPrefix = "room:";

// A member's outbound queue holds 1 MiB: what many are to get must be much smaller than that.
constexpr std::size_t kMaxPayloadBytes = std::size_t{64} * 1024;

constexpr auto kBlock = std::chrono::seconds(3);  // a drill: nothing else runs on the shard

constexpr std::size_t kMaxMetaBytes = std::size_t{4} * 1024;  // every member's is in each state

bool is_true(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

void answer_too_large(const Reply& reply, std::size_t most) {
  reply.error({{"reason", "payload too large"}, {"max_bytes", most}});
}

/// Whether a payload is one that all members can be sent; if not, its sender has been told.
bool fits(const Payload& payload, const Reply& reply) {
  if (payload.bytes.size() <= kMaxPayloadBytes) return true;
  answer_too_large(reply, kMaxPayloadBytes);
  return false;
}

boost::json::object new_meta() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return {{"online_at", std::to_string(seconds)}};
}

}  // namespace

RoomChannel::RoomChannel(net::channels::Port port, ClientPtr client, HistoryPtr history,
                         bool drills)
    : TopicChannel(std::move(port), client, std::move(history)),
      client_(std::move(client)),
      drills_(drills) {}

void RoomChannel::events(net::channels::EventTable<RoomChannel>& on) {
  on.on("ping", &RoomChannel::echo);
  on.on("bin", &RoomChannel::echo);
  on.on("shout", &RoomChannel::shout);
  on.on("whisper", &RoomChannel::whisper);
  on.on("push_me", &RoomChannel::push_back);
  on.on("update_meta", &RoomChannel::update_meta);
}

/// What is no object asks for nothing.
void RoomChannel::join(const Payload& params) {
  const auto wishes = net::channels::read_object(params).value_or(boost::json::object());
  if (is_true(wishes, "deny")) return refuse({{"reason", "unauthorized"}});
  follow(wishes, [this](boost::json::object response) { enter(std::move(response)); });
}

// Accepts last: that handles what the client has sent meanwhile.
void RoomChannel::enter(boost::json::object response) {
  response["room"] = topic().substr(kPrefix.size());
  meta_ = new_meta();
  listen();
  track(client_->user_id, meta_);
  accept(response);
}

// -- events --------------------------------------------------------------------------------------

void RoomChannel::echo(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) reply.ok(payload);
}

void RoomChannel::shout(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) broadcast_kept("shout", std::move(payload), reply);
}

void RoomChannel::whisper(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) broadcast_from("whisper", std::move(payload));
}

void RoomChannel::push_back(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) push("pushed", payload);
}

void RoomChannel::update_meta(Payload payload, const Reply& reply) {
  if (!fits(payload, reply)) return;
  auto changes = net::channels::read_object(payload);
  if (!changes) {
    reply.error({{"reason", "malformed payload"}});
    return;
  }
  auto updated = meta_;
  for (auto& member : *changes) updated[member.key()] = std::move(member.value());
  if (boost::json::serialize(updated).size() > kMaxMetaBytes) {
    return answer_too_large(reply, kMaxMetaBytes);
  }
  meta_ = std::move(updated);
  update_presence(meta_);
}

void RoomChannel::on_unknown_event(const std::string& event, Payload payload, const Reply& reply) {
  if (!fits(payload, reply) || (drills_ && drill(event))) return;
  if (drills_) throw std::runtime_error("unknown event " + event);
  reply.error({{"reason", "unknown event"}});
}

// Outside production only: what tests and drills need of a misbehaving channel.
bool RoomChannel::drill(const std::string& event) {
  if (event == "silent") return true;
  if (event == "block") {
    std::this_thread::sleep_for(kBlock);
    return true;
  }
  if (event == "crash") throw std::runtime_error("crash on request");
  if (event != "stop") return false;
  close();
  return true;
}

}  // namespace coppice::app::rooms
