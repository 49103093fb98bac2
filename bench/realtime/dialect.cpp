#include "dialect.hpp"

#include <stdexcept>

#include "client.hpp"

namespace coppice::bench {
namespace {

constexpr std::string_view kSocket = "/socket/websocket?vsn=2.0.0";
constexpr std::size_t kHead = 96;  // of a message from the server, where its event stands

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

std::string channel_message(const std::string& topic, std::string_view event,
                            std::string_view payload) {
  return masked_text(R"(["1","1",")" + topic + R"(",")" + std::string(event) + R"(",)" +
                     std::string(payload) + "]");
}

}  // namespace

Dialect::Dialect(std::string_view name) : channels_(name == "channels") {
  if (!channels_ && name != "plain") throw std::invalid_argument("no such dialect");
}

std::string Dialect::idle_target() const { return channels_ ? std::string(kSocket) : "/idle"; }

std::string Dialect::echo_target() const { return channels_ ? std::string(kSocket) : "/echo"; }

std::string Dialect::topic_target(const std::string& topic) const {
  return channels_ ? std::string(kSocket) : "/topic?" + topic;
}

std::string Dialect::room_target(const std::string& room, const std::string& key) const {
  return channels_ ? std::string(kSocket) + "&user_id=" + key : "/room?" + room;
}

std::string Dialect::join(const std::string& topic) const {
  return channels_ ? channel_message(topic, "phx_join", "{}") : "";
}

std::string Dialect::echo(std::string_view payload) const {
  return channels_ ? channel_message("room:echo", "ping", payload) : masked_text(payload);
}

std::string Dialect::publish(const std::string& topic, std::string_view payload) const {
  return channels_ ? channel_message(topic, "shout", payload) : masked_text(payload);
}

std::string Dialect::appear(const std::string& room, const std::string& key) const {
  return channels_ ? join(room) : masked_text("+" + key);
}

std::string Dialect::vanish(const std::string& room, const std::string& key) const {
  return channels_ ? channel_message(room, "phx_leave", "{}") : masked_text("-" + key);
}

bool Dialect::is_reply(std::string_view text) const {
  return channels_ ? contains(text.substr(0, kHead), R"("phx_reply",{"status":"ok")") : true;
}

bool Dialect::is_published(std::string_view text) const {
  return channels_ ? contains(text.substr(0, kHead), R"("shout")") : text.starts_with('{');
}

bool Dialect::is_state(std::string_view text) const {
  return channels_ ? contains(text.substr(0, kHead), R"("presence_state")")
                   : text.starts_with(R"(["state")");
}

// A channel's client does not see its own departure, but the answer to its message.
bool Dialect::has_vanished(std::string_view text, const std::string& key) const {
  if (channels_) return is_reply(text);
  return text.starts_with(R"(["diff",{"joins":{},)") && contains(text, "\"" + key + "\"");
}

}  // namespace coppice::bench
