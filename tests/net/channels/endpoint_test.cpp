#include "net/channels/endpoint.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/channels/routes.hpp"
#include "net/http/session.hpp"
#include "net/loopback.hpp"
#include "net/serve_to_end.hpp"
#include "net/websocket/client_frames.hpp"

namespace coppice::net::channels {
namespace {

using namespace std::chrono_literals;
using websocket::testing::ServerFrame;
using Frames = std::vector<ServerFrame>;

/// What the application has been told.
struct Seen {
  std::vector<ConnectInfo> infos;
  std::vector<std::string> crashes;
  std::vector<std::string> closes;
  std::vector<EndReason> ends;  // of channels
  std::weak_ptr<Carrier> carrier;
};

/// Joins everybody and echoes.
class Echo final : public Channel {
 public:
  Echo(Port port, std::shared_ptr<Seen> seen) : port_(std::move(port)), seen_(std::move(seen)) {}
  void on_join(Payload) override { port_.accept(); }
  void on_event(std::string event, Payload payload, Reply reply) override {
    if (event == "crash") throw std::runtime_error("a bug");
    reply.ok(payload);
  }
  void on_end(EndReason reason) noexcept override { seen_->ends.push_back(reason); }

 private:
  Port port_;
  std::shared_ptr<Seen> seen_;
};

Awaitable<actors::Result<Connected>> connect(std::shared_ptr<Seen> seen, ConnectInfo info) {
  seen->infos.push_back(info);
  const auto token = info.params.get("token");
  if (token == "bad") co_return actors::fail(actors::Errc::unauthorized);
  if (token == "busy") co_return actors::fail(actors::Errc::overloaded);
  Connected connected;
  connected.open = [seen](const Line& line) {
    seen->carrier = line.carrier;
    auto open_echo = [seen](const std::string&, Port port) {
      return std::make_shared<Echo>(std::move(port), seen);
    };
    const std::vector<TopicRoute> routes = {{"room:*", std::move(open_echo)}};
    return std::make_shared<TopicRoutes>(routes);
  };
  connected.on_close = [seen](const websocket::CloseInfo& info_of_close) {
    seen->closes.emplace_back(to_string(info_of_close.cause));
  };
  co_return connected;
}

class ChannelsEndpoint : public ::testing::Test {
 protected:
  ChannelsEndpoint() {
    SocketOptions options;
    options.handshake.origins = OriginPolicy::host("example.com");
    options.handshake.auth_token = true;
    options.connect = std::bind_front(connect, seen_);
    options.on_crash = [seen = seen_](const std::string& topic, const std::exception_ptr&) {
      seen->crashes.push_back(topic);
    };
    auto server = std::make_shared<http::Server>();
    server->router = std::make_shared<const http::Router>(std::vector<http::Route>{
        http::upgrade("/socket/websocket", websocket_endpoint(std::move(options)))});
    server->connections = loop_.connections();
    auto [client, socket] = loop_.connect();
    client_.emplace(std::move(client));
    loop_.spawn(net::testing::serve_to_end(std::move(socket), Peer(), std::move(server)));
  }

  static std::string request(std::string_view query, std::string_view headers = {},
                             std::string_view method = "GET") {
    return std::string(method) + " /socket/websocket?" + std::string(query) +
           " HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           "Cookie: secret=1\r\nX-Trace: 7\r\nUser-Agent: test\r\n" +
           std::string(headers) + "\r\n";
  }

  std::string status_of(std::string_view bytes) {
    return loop_.exchange(*client_, bytes).substr(9, 3);
  }
  /// Status and body of an answer.
  std::string refusal_of(std::string_view bytes) {
    const auto answer = loop_.exchange(*client_, bytes);
    return answer.substr(9, 3) + " " + answer.substr(answer.find("\r\n\r\n") + 4);
  }

  std::string reason_of(std::string_view bytes) {
    const auto answer = loop_.exchange(*client_, bytes);
    const std::string name = "coppice-refused: ";
    const auto at = answer.find(name);
    if (at == std::string::npos) return {};
    const auto begin = at + name.size();
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
  }

  Frames exchange(std::string_view bytes) {
    received_ += loop_.exchange(*client_, bytes);
    return websocket::testing::take_frames(received_);
  }

  /// Connects and joins two topics.
  void join_two() {
    EXPECT_EQ(status_of(request("vsn=2.0.0")), "101");
    EXPECT_EQ(exchange(websocket::testing::text(R"(["1","1","room:a","phx_join",{}])") +
                       websocket::testing::text(R"(["2","2","room:b","phx_join",{}])"))
                  .size(),
              2U);
    EXPECT_TRUE(seen_->ends.empty());
  }
  void expect_both_ended() {
    EXPECT_EQ(seen_->ends, (std::vector{EndReason::disconnected, EndReason::disconnected}));
  }

  net::testing::Loopback loop_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  std::optional<net::testing::Client> client_;
  std::string received_;
};

TEST_F(ChannelsEndpoint, ConnectsAClientAndServesItsChannels) {
  EXPECT_EQ(status_of(request("user=1&vsn=2.0.0", "Origin: https://example.com\r\n")), "101");
  EXPECT_EQ(
      exchange(websocket::testing::text(R"(["1","1","room:a","phx_join",{}])") +
               websocket::testing::text(R"(["1","2","room:a","echo",{"x":1}])")),
      (Frames{{0x81, R"(["1","1","room:a","phx_reply",{"status":"ok","response":{}}])"},
              {0x81, R"(["1","2","room:a","phx_reply",{"status":"ok","response":{"x":1}}])"}}));
  EXPECT_EQ(exchange(websocket::testing::close(1000)).size(), 1U);
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"peer"});
}

TEST_F(ChannelsEndpoint, RefusesInOrderAndKeepsTheConnection) {
  EXPECT_EQ(refusal_of(request("vsn=9.0.0", {}, "PUT")), "400 ");
  EXPECT_EQ(refusal_of(request("vsn=2.0.0", "Origin: https://evil.org\r\n")), "403 ");
  EXPECT_EQ(refusal_of(request("vsn=2.0.0", "Sec-WebSocket-Protocol: other\r\n")), "403 ");
  EXPECT_EQ(refusal_of(request("vsn=9.0.0")), "403 ");
  EXPECT_TRUE(seen_->infos.empty());
  EXPECT_EQ(refusal_of(request("vsn=2.0.0&token=bad")), "403 ");
  EXPECT_EQ(refusal_of(request("vsn=2.0.0&token=busy")), "503 ");
  EXPECT_EQ(refusal_of("GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: a\r\n\r\n"), "400 ");
  EXPECT_EQ(status_of(request("vsn=2.0.0")), "101");
}

TEST_F(ChannelsEndpoint, SaysInAHeaderWhyItRefuses) {
  EXPECT_EQ(reason_of(request("vsn=2.0.0", "Origin: https://evil.org\r\n")),
            "pages of that origin may not connect; see CORS_ORIGINS");
  EXPECT_EQ(reason_of(request("vsn=9.0.0")),
            "vsn must be 1.0.0 or 2.0.0, or one that they stand for");
  EXPECT_EQ(reason_of(request("vsn=2.0.0&token=busy")), "the server could not look who connects");
}

TEST_F(ChannelsEndpoint, ShowsTheApplicationWhatItMayKnow) {
  EXPECT_EQ(status_of(request("user%5Bid%5D=7&vsn=2.0.0",
                              "Sec-WebSocket-Protocol: phoenix, base64url.bearer.phx.YQ\r\n")),
            "101");
  ASSERT_EQ(seen_->infos.size(), 1U);
  const auto& info = seen_->infos.front();
  EXPECT_EQ(info.params.find("user")->map()->get("id"), "7");
  EXPECT_EQ(info.auth_token, "a");
  EXPECT_EQ(info.headers.get("x-trace"), "7");
  EXPECT_EQ(info.headers.get("user-agent"), "test");
  EXPECT_FALSE(info.headers.contains("cookie"));
}

TEST_F(ChannelsEndpoint, ClosesOnMalformedFrames) {
  EXPECT_EQ(status_of(request("vsn=2.0.0")), "101");
  const auto frames = exchange(websocket::testing::text("nonsense"));
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload.substr(0, 2), websocket::testing::close_payload(1011));
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"server"});
}

TEST_F(ChannelsEndpoint, ReportsACrashedChannelAndGoesOn) {
  EXPECT_EQ(status_of(request("vsn=2.0.0")), "101");
  exchange(websocket::testing::text(R"(["1","1","room:a","phx_join",{}])"));
  EXPECT_EQ(exchange(websocket::testing::text(R"(["1","2","room:a","crash",{}])")),
            (Frames{{0x81, R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"}}));
  EXPECT_EQ(seen_->crashes, std::vector<std::string>{"room:a"});
  EXPECT_EQ(exchange(websocket::testing::text(R"([null,"3","phoenix","heartbeat",{}])")).size(),
            1U);
}

TEST_F(ChannelsEndpoint, LetsTheApplicationDisconnectAClient) {
  EXPECT_EQ(status_of(request("vsn=2.0.0")), "101");
  seen_->carrier.lock()->close(websocket::CloseCode::going_away, "disconnect");
  const auto frames = exchange("");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, websocket::testing::close_payload(1001, "disconnect"));
  client_->close();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_TRUE(seen_->carrier.expired());
}

TEST_F(ChannelsEndpoint, SaysNothingToAClientThatSaysNothing) {
  join_two();
  loop_.advance(59s);
  EXPECT_EQ(exchange(""), Frames());
  EXPECT_TRUE(seen_->closes.empty());
}

// So do the members and subscriptions that they hold.
TEST_F(ChannelsEndpoint, ChannelsEndWithAnIdleConnection) {
  join_two();
  loop_.advance(60s);
  expect_both_ended();
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"idle"});
}

TEST_F(ChannelsEndpoint, ChannelsEndWhenTheServerDrains) {
  join_two();
  loop_.connections()->drain();
  loop_.advance(30s);
  expect_both_ended();
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"draining"});
}

TEST_F(ChannelsEndpoint, ChannelsEndAtOnceWithAClientThatVanishes) {
  join_two();
  client_->close();
  loop_.pump();
  expect_both_ended();
}

TEST_F(ChannelsEndpoint, ChannelsEndWithTheClosingHandshake) {
  join_two();
  exchange(websocket::testing::close(1000));
  expect_both_ended();
}

TEST_F(ChannelsEndpoint, ChannelsEndWithAConnectionThatIsCancelled) {
  join_two();
  loop_.cancel();
  loop_.pump();
  expect_both_ended();
  EXPECT_EQ(exchange(""), (Frames{{0x88, websocket::testing::close_payload(1011)}}));
}

}  // namespace
}  // namespace coppice::net::channels
