#include "app/rooms/room_channel.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "net/channels/json_reader.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::Payload;
using net::channels::Reply;

constexpr std::string_view kPrefix = "room:";

// A member's outbound queue holds 1 MiB: what many are to get must be much smaller than that.
constexpr std::size_t kMaxPayloadBytes = std::size_t{64} * 1024;
constexpr auto kReadTimeout = std::chrono::seconds(5);
constexpr auto kKeepTimeout = std::chrono::seconds(15);
constexpr std::size_t kMostWaiting = 1000;  // messages for a client that has not caught up

constexpr auto kBlock = std::chrono::seconds(3);  // a drill: nothing else runs on the shard

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

bool is_true(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

std::optional<std::int64_t> integer_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->as_int64();
}

/// Where a client has been; nothing if it doesn't say.
std::optional<HistoryPoint> point_of(const boost::json::value& wish) {
  if (!wish.is_object()) return std::nullopt;
  const auto epoch = integer_at(wish.as_object(), "epoch");
  const auto position = integer_at(wish.as_object(), "position");
  if (!epoch || !position) return std::nullopt;
  return HistoryPoint{.epoch = *epoch, .position = *position};
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
    : TopicChannel(std::move(port), client),
      client_(std::move(client)),
      history_(std::move(history)),
      drills_(drills) {}

void RoomChannel::events(net::channels::EventTable<RoomChannel>& on) {
  on.on("ping", &RoomChannel::echo);
  on.on("bin", &RoomChannel::echo);
  on.on("shout", &RoomChannel::shout);
  on.on("whisper", &RoomChannel::whisper);
  on.on("push_me", &RoomChannel::push_back);
  on.on("update_meta", &RoomChannel::update_meta);
}

void RoomChannel::join(Payload params) {
  const auto wishes = object_of(params);
  if (!wishes) return refuse({{"reason", "malformed params"}});
  if (is_true(*wishes, "deny")) return refuse({{"reason", "unauthorized"}});
  const auto* wish = wishes->if_contains("history");
  if (history_ && wish != nullptr && (wish->is_object() || is_true(*wishes, "history"))) {
    return follow(point_of(*wish));
  }
  enter({});
}

void RoomChannel::enter(boost::json::object response) {
  response["room"] = topic().substr(kPrefix.size());
  accept(response);
  meta_ = new_meta();
  track(client_->user_id, meta_);
}

// -- the history ---------------------------------------------------------------------------------

// Listens before it reads: what is said meanwhile is in what it reads, or waits, or both.
void RoomChannel::follow(std::optional<HistoryPoint> since) {
  following_ = std::make_unique<Following>();
  listen();
  auto read = [room = topic(), since](db::Connection& db) { return read_history(db, room, since); };
  history_->database.async_read_own_writes(
      std::move(read), kReadTimeout,
      whenever([this](actors::Result<HistoryPage> page) { catch_up(std::move(page)); }));
}

void RoomChannel::catch_up(actors::Result<HistoryPage> page) {
  if (!page) return refuse({{"reason", "history unavailable"}});
  following_->seen = page->now;
  enter({{"history",
          {{"epoch", page->now.epoch},
           {"position", page->now.position},
           {"complete", page->complete}}}});
  for (const auto& message : page->messages) {
    push(message.said.event, positioned_payload(message));
    if (const auto marker = position_marker(message)) push(kPositionEvent, *marker);
  }
  for (const auto& message : std::exchange(following_->waiting, {})) pass_on(*message);
  following_->caught_up = true;
}

void RoomChannel::on_message(const actors::pubsub::BroadcastPtr& message) {
  auto said = std::dynamic_pointer_cast<const HistoryMessage>(message);
  if (!said) return;
  if (!following_) {
    port().deliver(said->plain);
  } else if (following_->caught_up) {
    pass_on(*said);
  } else if (following_->waiting.size() < kMostWaiting) {
    following_->waiting.push_back(std::move(said));
  } else {
    refuse({{"reason", "history unavailable"}});
  }
}

void RoomChannel::pass_on(const HistoryMessage& message) {
  auto& seen = following_->seen;
  const bool is_known =
      message.point.epoch == seen.epoch && message.point.position <= seen.position;
  if (is_known) return;
  seen = message.point;
  port().deliver(message.positioned);
  if (message.marker) port().deliver(*message.marker);
}

void RoomChannel::keep(Payload payload, const Reply& reply) {
  if (!payload.is_object_or_binary()) {
    throw std::invalid_argument("the payload of a broadcast must be a JSON object or binary");
  }
  const auto answer = [reply](const actors::Result<void>& kept) {
    if (kept) return;
    const bool overloaded = kept.error() == actors::Errc::overloaded;
    reply.error({{"reason", overloaded ? "overloaded" : "unavailable"}});
  };
  const auto historian = history_->historian->get();
  if (!historian) return answer(std::unexpected(historian.error()));
  Historian::Keep message{{.topic = topic(),
                           .event = "shout",
                           .is_binary = payload.kind == Payload::Kind::binary,
                           .payload = std::move(payload.bytes)}};
  historian->async_call(std::move(message), kKeepTimeout, whenever(answer));
}

// -- events --------------------------------------------------------------------------------------

void RoomChannel::echo(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) reply.ok(payload);
}

void RoomChannel::shout(Payload payload, const Reply& reply) {
  if (!fits(payload, reply)) return;
  if (history_) return keep(std::move(payload), reply);
  broadcast("shout", std::move(payload));
}

void RoomChannel::whisper(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) broadcast_from("whisper", std::move(payload));
}

void RoomChannel::push_back(Payload payload, const Reply& reply) {
  if (fits(payload, reply)) push("pushed", payload);
}

void RoomChannel::update_meta(Payload payload, const Reply& reply) {
  if (!fits(payload, reply)) return;
  auto changes = object_of(payload);
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
