#include "app/rooms/socket_endpoint.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "app/changes/changes_channel.hpp"
#include "app/crashes/part_crashes.hpp"
#include "app/dashboard/admin_channel.hpp"
#include "app/dashboard/operator_right.hpp"
#include "app/http/authentication.hpp"
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

using net::channels::ChannelTable;
using net::channels::Connected;
using net::channels::ConnectInfo;
using net::channels::Line;
using net::channels::OriginPolicy;
using net::websocket::CloseCode;

constexpr std::string_view kAnonymous = "anon";

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

ChannelTable<Client> channels_of(const Realtime& realtime) {
  ChannelTable<Client> table;
  table.add<RoomChannel>("room:*", realtime.history, realtime.drills);
  table.add<ViewersChannel>("viewers:*");
  table.add<ContentChannel>("content");
  table.add<changes::ChangesChannel>("changes:*", realtime.changes);
  if (realtime.desk)
    table.add<dashboard::AdminChannel>(std::string(dashboard::kTopic), realtime.desk);
  return table;
}

/// What every connection works with.
struct Shared {
  Realtime realtime;
  accounts::Accounts accounts;
  ChannelTable<Client> channels;
  bool developers;  ///< See dashboard::operator_right().
};
using SharedPtr = std::shared_ptr<const Shared>;

/// A client that may connect.
struct Visitor {
  std::string user_id;
  PrincipalPtr principal;
  std::string operates_as;
  std::uint64_t disconnects;  ///< How many there were before the credentials were looked at.
};

/// The channels of one client, and what ends its connection when it may stay no longer.
class ClientChannels final : public net::channels::ChannelFactory {
 public:
  ClientChannels(SharedPtr shared, const Visitor& visitor, const Line& line);

  std::shared_ptr<net::channels::Channel> open(const std::string& topic,
                                               net::channels::Port port) override;

  [[nodiscard]] std::string who() const override {
    return client_->principal ? std::to_string(client_->principal->user.id) : std::string();
  }

 private:
  void watch(const Visitor& visitor, const Line& line);

  const SharedPtr shared_;
  const ClientPtr client_;
  actors::pubsub::Subscription disconnects_;
  std::shared_ptr<TokenExpiry> expiry_;  // null for nobody
};

ClientPtr make_client(const Shared& shared, const Visitor& visitor, const Line& line) {
  return std::make_shared<const Client>(Client{
      {.hub = shared.realtime.hub, .roster = shared.realtime.roster, .connection = line.actor},
      visitor.user_id,
      visitor.principal,
      visitor.operates_as});
}

ClientChannels::ClientChannels(SharedPtr shared, const Visitor& visitor, const Line& line)
    : shared_(std::move(shared)), client_(make_client(*shared_, visitor, line)) {
  if (visitor.principal) watch(visitor, line);
}

std::shared_ptr<net::channels::Channel> ClientChannels::open(const std::string& topic,
                                                             net::channels::Port port) {
  if (topic == "session") {
    return std::make_shared<SessionChannel>(std::move(port), client_, shared_->accounts, expiry_);
  }
  return shared_->channels.open(topic, std::move(port), client_);
}

void ClientChannels::watch(const Visitor& visitor, const Line& line) {
  const auto& disconnects = *shared_->realtime.disconnects;
  const auto id = visitor.principal->user.id;
  const auto close = [carrier = line.carrier] {
    if (const auto carries = carrier.lock()) carries->close(CloseCode::going_away, "disconnect");
  };
  disconnects_ = shared_->realtime.disconnects->listen(id, line.actor, close);
  expiry_ = std::make_shared<TokenExpiry>(line.carrier, visitor.principal->ends_at,
                                          shared_->accounts.options().clock);
  if (disconnects.since(visitor.disconnects, id)) close();
}

net::Awaitable<actors::Result<Connected>> connect(SharedPtr shared, ConnectInfo info) {
  Visitor visitor{.user_id = std::string(info.params.get("user_id").value_or(kAnonymous)),
                  .principal = {},
                  .operates_as = {},
                  .disconnects = shared->realtime.disconnects->count()};
  const bool from_here = info.from_here;
  auto principal = co_await identify(shared->accounts, std::move(info));
  if (!principal) co_return std::unexpected(std::move(principal.error()));
  visitor.principal = *std::move(principal);
  visitor.operates_as =
      dashboard::operator_right(visitor.principal.get(), shared->developers, from_here);
  co_return Connected{.open = [shared, visitor](const Line& line) {
    return std::make_shared<ClientChannels>(shared, visitor, line);
  }};
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
  options.handshake.session_cookie = http::session_cookie_name(config.accounts.session);
  options.sockets = realtime.sockets;
  auto shared = std::make_shared<const Shared>(realtime, std::move(accounts), channels_of(realtime),
                                               dashboard::lets_developers_in(config));
  options.connect = [shared = std::move(shared)](ConnectInfo info) {
    return connect(shared, std::move(info));
  };
  auto crashes = std::make_shared<crashes::PartCrashes>(runtime, "channel", "channel event");
  options.on_crash = [counters = realtime.counters, crashes](const std::string& topic,
                                                             std::exception_ptr failure) {
    ++counters->crashes;
    crashes->report(topic, failure);
  };
  net::channels::WebSocketOptions websocket{.session = {},
                                            .compression = config.http.websocket_compression};
  websocket.session.drain_spread = drain_spread;
  websocket.session.slow_clients = realtime.counters->slow_clients;
  net::channels::LongPollOptions polls;
  polls.times.drain_spread = drain_spread;
  polls.slow_clients = realtime.counters->slow_clients;
  polls.max_sessions = config.http.max_connections;
  auto long_polls = net::channels::LongPolls::make(runtime, options, std::move(polls));
  return SocketTransports{
      .websocket = net::channels::websocket_endpoint(std::move(options), std::move(websocket)),
      .polls = std::move(long_polls)};
}

}  // namespace coppice::app::rooms
