#include "app/rooms/socket_endpoint.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include "app/changes/changes_channel.hpp"
#include "app/http/authentication.hpp"
#include "app/log_limit.hpp"
#include "app/rooms/client.hpp"
#include "app/rooms/content_channel.hpp"
#include "app/rooms/credentials.hpp"
#include "app/rooms/room_channel.hpp"
#include "app/rooms/session_channel.hpp"
#include "app/rooms/token_expiry.hpp"
#include "app/rooms/viewers_channel.hpp"
#include "net/channels/endpoint.hpp"
#include "net/channels/routes.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::Connected;
using net::channels::ConnectInfo;
using net::channels::Line;
using net::channels::OriginPolicy;
using net::channels::TopicRoutes;
using net::websocket::CloseCode;

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

/// What every connection works with.
struct Shared {
  Realtime realtime;
  accounts::Accounts accounts;
};
using SharedPtr = std::shared_ptr<const Shared>;

/// A client that may connect.
struct Visitor {
  std::string user_id;
  PrincipalPtr principal;
  std::uint64_t disconnects;  ///< How many there were before the credentials were looked at.
};

/// The channels of one client, and what ends its connection when it may stay no longer.
class ClientChannels final : public net::channels::ChannelFactory {
 public:
  ClientChannels(const SharedPtr& shared, const Visitor& visitor, const Line& line)
      : routes_(table(shared, visitor, line)) {}

  std::shared_ptr<net::channels::Channel> open(const std::string& topic,
                                               net::channels::Port port) override {
    return routes_.open(topic, std::move(port));
  }

 private:
  std::vector<net::channels::TopicRoute> table(const SharedPtr& shared, const Visitor& visitor,
                                               const Line& line);
  void watch(const Shared& shared, const Visitor& visitor, const Line& line);

  actors::pubsub::Subscription disconnects_;
  std::shared_ptr<TokenExpiry> expiry_;  // null for nobody
  TopicRoutes routes_;
};

std::vector<net::channels::TopicRoute> ClientChannels::table(const SharedPtr& shared,
                                                             const Visitor& visitor,
                                                             const Line& line) {
  if (visitor.principal) watch(*shared, visitor, line);
  const auto client = std::make_shared<const Client>(
      Client{.connection = line.actor, .user_id = visitor.user_id, .principal = visitor.principal});
  auto room = [shared, client](const std::string& topic, net::channels::Port port) {
    return std::make_shared<RoomChannel>(topic, std::move(port), shared->realtime, client);
  };
  auto content = [shared, client](const std::string& topic, net::channels::Port port) {
    return std::make_shared<ContentChannel>(topic, std::move(port), shared->realtime, client);
  };
  auto viewers = [shared, client](const std::string& topic, net::channels::Port port) {
    return std::make_shared<ViewersChannel>(topic, std::move(port), shared->realtime, client);
  };
  auto session = [shared, client, expiry = expiry_](const std::string& /*topic*/,
                                                    net::channels::Port port) {
    return std::make_shared<SessionChannel>(std::move(port), shared->accounts, client, expiry);
  };
  auto changed = [source = shared->realtime.changes, client](const std::string& topic,
                                                             net::channels::Port port) {
    return std::make_shared<changes::ChangesChannel>(topic, std::move(port), source, client);
  };
  return {{.pattern = "room:*", .open = std::move(room)},
          {.pattern = "viewers:*", .open = std::move(viewers)},
          {.pattern = "content", .open = std::move(content)},
          {.pattern = "session", .open = std::move(session)},
          {.pattern = "changes:*", .open = std::move(changed)}};
}

void ClientChannels::watch(const Shared& shared, const Visitor& visitor, const Line& line) {
  const auto& disconnects = *shared.realtime.disconnects;
  const auto id = visitor.principal->user.id;
  const auto close = [carrier = line.carrier] {
    if (const auto carries = carrier.lock()) carries->close(CloseCode::going_away, "disconnect");
  };
  disconnects_ = shared.realtime.disconnects->listen(id, line.actor, close);
  expiry_ = std::make_shared<TokenExpiry>(line.carrier, visitor.principal->ends_at,
                                          shared.accounts.options().clock);
  if (disconnects.since(visitor.disconnects, id)) close();
}

net::Awaitable<actors::Result<Connected>> connect(SharedPtr shared, ConnectInfo info) {
  Visitor visitor{.user_id = std::string(info.params.get("user_id").value_or(kAnonymous)),
                  .principal = {},
                  .disconnects = shared->realtime.disconnects->count()};
  auto principal = co_await identify(shared->accounts, std::move(info));
  if (!principal) co_return std::unexpected(std::move(principal.error()));
  visitor.principal = *std::move(principal);
  co_return Connected{.open = [shared, visitor](const Line& line) {
    return std::make_shared<ClientChannels>(shared, visitor, line);
  }};
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

actors::Result<SocketTransports> socket_endpoint(actors::Runtime& runtime, const Realtime& realtime,
                                                 accounts::Accounts accounts, const Config& config,
                                                 actors::Duration drain_spread) {
  auto allowed = origins(config);
  if (!allowed) return std::unexpected(allowed.error());
  net::channels::SocketOptions options;
  options.handshake.origins = std::move(*allowed);
  options.handshake.auth_token = true;
  options.handshake.session_cookie = http::kSessionCookie;
  auto shared = std::make_shared<const Shared>(realtime, std::move(accounts));
  options.connect = [shared = std::move(shared)](ConnectInfo info) {
    return connect(shared, std::move(info));
  };
  auto limit = std::make_shared<LogLimit>(kCrashesLogged, kCrashPeriod);
  options.on_crash = [&runtime, limit](const std::string& topic, std::exception_ptr failure) {
    report_crash(runtime, *limit, topic, failure);
  };
  net::channels::WebSocketOptions websocket{.session = {},
                                            .compression = config.http.websocket_compression};
  websocket.session.drain_spread = drain_spread;
  net::channels::LongPollOptions polls;
  polls.times.drain_spread = drain_spread;
  polls.max_sessions = config.http.max_connections;
  auto long_polls = net::channels::LongPolls::make(runtime, options, std::move(polls));
  return SocketTransports{
      .websocket = net::channels::websocket_endpoint(std::move(options), std::move(websocket)),
      .polls = std::move(long_polls)};
}

}  // namespace coppice::app::rooms
