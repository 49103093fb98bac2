#include "app/rooms/socket_endpoint.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include "app/log_limit.hpp"
#include "app/rooms/client.hpp"
#include "app/rooms/content_channel.hpp"
#include "app/rooms/room_channel.hpp"
#include "net/channels/endpoint.hpp"
#include "net/channels/routes.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::Connected;
using net::channels::ConnectInfo;
using net::channels::OriginPolicy;
using net::channels::TopicRoutes;

constexpr std::string_view kAnonymous = "anon";

// Clients can make channels crash by what they send; the log is not theirs to fill.
constexpr std::uint32_t kCrashesLogged = 60;
constexpr auto kCrashPeriod = std::chrono::minutes(1);
constexpr std::size_t kLongestTopicLogged = 200;

actors::Result<OriginPolicy> origins(const Config& config) {
  if (config.cors_origins) {
    std::vector<net::channels::Origin> patterns;
    for (const auto& text : *config.cors_origins) {
      auto pattern = net::channels::parse_origin_pattern(text);
      if (!pattern) return std::unexpected(pattern.error());
      patterns.push_back(std::move(*pattern));
    }
    return OriginPolicy::list(std::move(patterns));
  }
  if (!config.host.empty()) return OriginPolicy::host(config.host);
  return OriginPolicy::any();
}

/// The channels of one client.
std::shared_ptr<net::channels::ChannelFactory> channels_for(const Realtime& realtime,
                                                            const ConnectInfo& info) {
  auto client = std::make_shared<const Client>(
      Client{.connection = info.peer.link ? info.peer.link->actor : actors::Pid(),
             .user_id = std::string(info.params.get("user_id").value_or(kAnonymous))});
  auto open_room = [realtime, client](const std::string& topic, net::channels::Port port) {
    return std::make_shared<RoomChannel>(topic, std::move(port), realtime, client);
  };
  auto open_content = [realtime, client](const std::string& topic, net::channels::Port port) {
    return std::make_shared<ContentChannel>(topic, std::move(port), realtime, client);
  };
  return std::make_shared<TopicRoutes>(std::vector<net::channels::TopicRoute>{
      {.pattern = "room:*", .open = open_room}, {.pattern = "content", .open = open_content}});
}

net::Awaitable<actors::Result<Connected>> connect(Realtime realtime, ConnectInfo info) {
  co_return Connected{.channels = channels_for(realtime, info), .on_open = {}, .on_close = {}};
}

void report_crash(actors::Runtime& runtime, LogLimit& limit, const std::string& topic,
                  const std::exception_ptr& failure) {
  const auto left_out = limit.admit(runtime.now());
  if (!left_out) return;
  const auto reason = actors::reason_of(failure, "channel event");
  const std::string note =
      *left_out == 0 ? "" : std::to_string(*left_out) + " channel crashes before it were left out";
  runtime.events().emit({.kind = actors::EventKind::actor_crash,
                         .path = std::string_view(topic).substr(0, kLongestTopicLogged),
                         .type = "channel",
                         .detail = note,
                         .reason = &reason});
}

}  // namespace

actors::Result<net::http::UpgradeHandler> socket_endpoint(actors::Runtime& runtime,
                                                          const Realtime& realtime,
                                                          const Config& config,
                                                          actors::Duration drain_spread) {
  auto allowed = origins(config);
  if (!allowed) return std::unexpected(allowed.error());
  net::channels::EndpointOptions options;
  options.handshake.origins = std::move(*allowed);
  options.websocket.drain_spread = drain_spread;
  options.connect = [realtime](ConnectInfo info) { return connect(realtime, std::move(info)); };
  auto limit = std::make_shared<LogLimit>(kCrashesLogged, kCrashPeriod);
  options.on_crash = [&runtime, limit](const std::string& topic, std::exception_ptr failure) {
    report_crash(runtime, *limit, topic, failure);
  };
  return net::channels::websocket_endpoint(std::move(options));
}

}  // namespace coppice::app::rooms
