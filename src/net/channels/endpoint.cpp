#include "net/channels/endpoint.hpp"

#include <utility>

#include "net/channels/socket.hpp"
#include "net/websocket/handshake.hpp"

namespace coppice::net::channels {
namespace {

using http::Status;
using websocket::CloseCode;

class SessionSink final : public FrameSink {
 public:
  explicit SessionSink(std::shared_ptr<websocket::Session> session)
      : session_(std::move(session)) {}

  void send(const websocket::Frame& frame) override { session_->send(frame); }

 private:
  std::shared_ptr<websocket::Session> session_;
};

/// Joins a WebSocket to a socket's channels.
class Client final : public websocket::Owner {
 public:
  Client(std::shared_ptr<websocket::Session> session, Connected connected, Socket::Options options)
      : session_(std::move(session)),
        connected_(std::move(connected)),
        socket_(Socket::make(connected_.channels, std::make_shared<SessionSink>(session_),
                             std::move(options))) {}

  void on_text(std::string_view message) override { after(socket_->receive_text(message)); }
  void on_binary(std::string_view message) override { after(socket_->receive_binary(message)); }

  void on_close(const websocket::CloseInfo& info) noexcept override {
    socket_->disconnect();
    if (connected_.on_close) connected_.on_close(info);
  }

 private:
  void after(const actors::Result<void>& received) {
    if (received) return;
    const bool overloaded = received.error() == actors::Errc::overloaded;
    session_->close(overloaded ? CloseCode::try_later : CloseCode::internal_error,
                    received.error().context);
  }

  std::shared_ptr<websocket::Session> session_;
  Connected connected_;
  std::shared_ptr<Socket> socket_;
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

ConnectInfo connect_info(const http::Request& request, const Handshake& handshake) {
  ConnectInfo info{.params = request.query,
                   .auth_token = handshake.auth_token,
                   .peer = request.peer,
                   .target = request.target,
                   .headers = {}};
  for (const auto header : request.headers) {
    if (is_shown(header.name)) info.headers.add(header.name, header.value);
  }
  return info;
}

Status refusal_for(const actors::Error& error) {
  const auto status = http::status_of(error.code);
  return std::to_underlying(status) < 500 ? Status::forbidden : status;
}

http::UpgradeAnswer refusal(http::Response response) {
  return {.response = std::move(response), .take_over = nullptr};
}

Awaitable<void> serve_client(std::shared_ptr<const EndpointOptions> options, Version version,
                             Connected connected, http::Upgraded upgraded) {
  auto session = websocket::Session::make(std::move(upgraded.socket),
                                          std::move(upgraded.connections), options->websocket);
  Socket::Options socket_options;
  socket_options.version = version;
  socket_options.max_channels = options->max_channels;
  socket_options.on_crash = options->on_crash;
  const auto client = std::make_shared<Client>(session, connected, std::move(socket_options));
  if (connected.on_open) connected.on_open(session);
  upgraded.request.reset();  // the connection may live for days
  co_await websocket::Session::run(std::move(session), client, std::move(upgraded.already_read));
}

Awaitable<http::UpgradeAnswer> answer_upgrade(std::shared_ptr<const EndpointOptions> options,
                                              http::RequestPtr request) {
  auto handshake = check_handshake(*request, options->handshake);
  if (!handshake) co_return refusal(http::Response::empty(handshake.error()));
  auto info = connect_info(*request, *handshake);
  auto connected = co_await options->connect(std::move(info));
  if (!connected) co_return refusal(http::Response::empty(refusal_for(connected.error())));
  auto invalid = websocket::refuse_upgrade(*request);
  if (invalid) co_return refusal(*std::move(invalid));
  http::UpgradeAnswer answer;
  answer.response = websocket::accept_upgrade(*request, handshake->subprotocol);
  answer.take_over =
      std::bind_front(serve_client, std::move(options), handshake->version, *std::move(connected));
  co_return answer;
}

}  // namespace

http::UpgradeHandler websocket_endpoint(EndpointOptions options) {
  return std::bind_front(answer_upgrade,
                         std::make_shared<const EndpointOptions>(std::move(options)));
}

}  // namespace coppice::net::channels
