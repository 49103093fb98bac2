#include "net/channels/endpoint.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "net/channels/socket.hpp"
#include "net/connection_link.hpp"
#include "net/http/cookie.hpp"
#include "net/http/from_here.hpp"
#include "net/websocket/handshake.hpp"

namespace coppice::net::channels {
namespace {

using websocket::CloseCode;

/// Joins a WebSocket to a socket's channels.
class Client final : public websocket::Owner,
                     public Carrier,
                     public http::Successor,
                     public std::enable_shared_from_this<Client> {
 public:
  explicit Client(std::shared_ptr<websocket::Session> session) : session_(std::move(session)) {}

  void open(const Connected& connected, const Peer& peer, Socket::Options options) {
    on_close_ = connected.on_close;
    actor_ = peer.link ? peer.link->actor : actors::Pid();
    options.origin.actor = actor_;
    options.origin.carrier = weak_from_this();
    auto channels = connected.open({.actor = options.origin.actor, .carrier = weak_from_this()});
    socket_ = Socket::make(std::move(channels), session_, std::move(options));
  }

  void on_text(std::string_view message) override { after(socket_->receive_text(message)); }
  void on_binary(std::string_view message) override { after(socket_->receive_binary(message)); }

  // NOLINTNEXTLINE(bugprone-exception-escape): without memory for a line of the log it ends
  void on_close(const websocket::CloseInfo& info) noexcept override {
    if (spdlog::should_log(spdlog::level::debug)) log_close(info);
    socket_->disconnect(info.cause);
    if (on_close_) on_close_(info);
  }

  void close(CloseCode code, std::string_view reason) override { session_->close(code, reason); }
  void cut() noexcept override { session_->cut(); }
  [[nodiscard]] std::string describe() const override {
    return socket_ ? socket_->describe() : std::string();
  }

 private:
  void after(const actors::Result<void>& received) {
    if (received) return;
    const bool overloaded = received.error() == actors::Errc::overloaded;
    session_->close(overloaded ? CloseCode::try_later : CloseCode::internal_error,
                    received.error().context);
  }

  /// Not with its reason, which may be the client's text.
  void log_close(const websocket::CloseInfo& info) const {
    SPDLOG_DEBUG("the WebSocket of {} is closed: {}, code {}", to_string(actor_),
                 to_string(info.cause), std::to_underlying(info.code));
  }

  std::shared_ptr<websocket::Session> session_;
  actors::Pid actor_;
  std::function<void(const websocket::CloseInfo&)> on_close_;
  std::shared_ptr<Socket> socket_;  // since open()
};

bool is_shown(std::string_view name) {
  const auto starts_with = [name](std::string_view prefix) {
    return http::equals_ignoring_case(name.substr(0, prefix.size()), prefix);
  };
  return starts_with("x-") || starts_with("sec-websocket-") ||
         http::equals_ignoring_case(name, "user-agent") ||
         http::equals_ignoring_case(name, "traceparent") ||
         http::equals_ignoring_case(name, "tracestate");
}

http::UpgradeAnswer refusal(http::Response response) {
  return {.response = std::move(response), .take_over = nullptr};
}

http::UpgradeAnswer refusal(const Refused& refused) {
  auto response = http::Response::empty(refused.status);
  response.headers.add(kRefusedHeader, refused.why);
  return refusal(std::move(response));
}

struct Endpoint {
  SocketOptions socket;
  WebSocketOptions websocket;
};

/// What has been agreed with a client.
struct Agreed {
  Version version;
  std::optional<websocket::Deflate> deflate;
};

/// The same for all but those who compress.
std::shared_ptr<const websocket::Options> options_of(
    const std::shared_ptr<const Endpoint>& endpoint, const Agreed& agreed) {
  const auto& common = endpoint->websocket.session;
  if (!agreed.deflate) return {endpoint, &common};
  auto own = std::make_shared<websocket::Options>(common);
  own->deflate = agreed.deflate;
  return own;
}

std::shared_ptr<ShardSockets> shard_of(const SocketOptions& options) {
  return options.sockets ? options.sockets->here() : nullptr;
}

std::shared_ptr<http::Successor> serve_client(const std::shared_ptr<const Endpoint>& endpoint,
                                              const Agreed& agreed, const Connected& connected,
                                              http::Upgraded upgraded,
                                              http::Successor::OnEnd on_end) {
  const auto session = websocket::Session::make(
      std::move(upgraded.socket), std::move(upgraded.connections), options_of(endpoint, agreed));
  auto client = std::make_shared<Client>(session);
  client->open(connected, upgraded.request->peer,
               {.version = agreed.version,
                .max_channels = endpoint->socket.max_channels,
                .on_crash = {endpoint, &endpoint->socket.on_crash},
                .shard = shard_of(endpoint->socket),
                .origin = {.transport = Transport::websocket,
                           .address = upgraded.request->client,
                           .since = std::chrono::system_clock::now()}});
  session->start(client, std::move(upgraded.already_read), std::move(on_end));
  return client;
}

Awaitable<http::UpgradeAnswer> answer_upgrade(std::shared_ptr<const Endpoint> endpoint,
                                              http::RequestPtr request) {
  const auto& policy = endpoint->socket.handshake;
  auto handshake = check_handshake(*request, policy);
  if (!handshake) co_return refusal(handshake.error());
  auto info = connect_info(*request, policy, std::move(handshake->auth_token));
  auto connected = co_await endpoint->socket.connect(std::move(info));
  if (!connected) co_return refusal(refusal_for(connected.error()));
  auto invalid = websocket::refuse_upgrade(*request);
  if (invalid) co_return refusal(*std::move(invalid));
  http::UpgradeAnswer answer;
  Agreed agreed{.version = handshake->version, .deflate = {}};
  if (endpoint->websocket.compression) agreed.deflate = websocket::accept_deflate(request->headers);
  answer.response = websocket::accept_upgrade(*request, handshake->subprotocol, agreed.deflate);
  answer.take_over =
      std::bind_front(serve_client, std::move(endpoint), agreed, *std::move(connected));
  co_return answer;
}

}  // namespace

ConnectInfo connect_info(const http::Request& request, const HandshakePolicy& policy,
                         std::optional<std::string> auth_token) {
  ConnectInfo info{.params = request.query,
                   .auth_token = std::move(auth_token),
                   .peer = request.peer,
                   .from_here = http::is_from_here(request),
                   .target = request.target,
                   .headers = {},
                   .session_cookie = {}};
  for (const auto header : request.headers) {
    if (is_shown(header.name)) info.headers.add(header.name, header.value);
  }
  if (!policy.session_cookie.empty()) {
    info.session_cookie = http::cookie(request, policy.session_cookie);
  }
  return info;
}

Refused refusal_for(const actors::Error& error) {
  const auto status = http::status_of(error.code);
  if (std::to_underlying(status) >= 500) return {status, "the server could not look who connects"};
  return {http::Status::forbidden, error.context};
}

http::UpgradeHandler websocket_endpoint(SocketOptions options, WebSocketOptions websocket) {
  return std::bind_front(
      answer_upgrade, std::make_shared<const Endpoint>(std::move(options), std::move(websocket)));
}

}  // namespace coppice::net::channels
