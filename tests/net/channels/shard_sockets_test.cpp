#include "net/channels/shard_sockets.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/channels/connect.hpp"
#include "net/channels/socket.hpp"

namespace coppice::net::channels {
namespace {

constexpr actors::Pid kActor(0, 7, 1);

class Silent final : public FrameSink {
 public:
  void send(const websocket::Frame& /*frame*/) override {}
  [[nodiscard]] std::size_t queued_bytes() const noexcept override { return 12; }
};

class Room final : public Channel {
 public:
  explicit Room(Port port) : port_(std::move(port)) {}
  void on_join(Payload /*params*/) override { port_.accept(); }
  void on_event(std::string /*event*/, Payload /*payload*/, Reply reply) override { reply.ok(); }
  void on_end(EndReason /*reason*/) noexcept override {}

 private:
  Port port_;
};

class Rooms final : public ChannelFactory {
 public:
  std::shared_ptr<Channel> open(const std::string& topic, Port port) override {
    return topic == "nowhere" ? nullptr : std::make_shared<Room>(std::move(port));
  }
  [[nodiscard]] std::string who() const override { return "42"; }
};

class Line final : public Carrier {
 public:
  void close(websocket::CloseCode code, std::string_view /*reason*/) override { closed = code; }
  std::optional<websocket::CloseCode> closed;
};

class ShardSocketsTest : public testing::Test {
 protected:
  std::shared_ptr<Socket> open(Transport transport) {
    return Socket::make(std::make_shared<Rooms>(), std::make_shared<Silent>(),
                        {.on_crash = {},
                         .shard = shard_,
                         .origin = {.transport = transport,
                                    .address = boost::asio::ip::make_address("192.0.2.7"),
                                    .actor = kActor,
                                    .carrier = line_}});
  }
  static void say(Socket& socket, std::string_view text) { EXPECT_TRUE(socket.receive_text(text)); }
  [[nodiscard]] static std::uint64_t value(const Traffic::Counter& counter) { return counter; }

  std::shared_ptr<Line> line_ = std::make_shared<Line>();
  std::shared_ptr<ShardSockets> shard_ = std::make_shared<ShardSockets>();
  const Traffic& traffic_ = shard_->traffic;
};

TEST_F(ShardSocketsTest, ListWhatOperatorsAreShown) {
  const auto socket = open(Transport::websocket);
  say(*socket, R"(["1","1","room:b","phx_join",{}])");
  say(*socket, R"(["1","2","room:a","phx_join",{}])");
  const auto listed = shard_->list();
  ASSERT_EQ(listed.size(), 1);
  const auto& info = listed.front();
  EXPECT_EQ(info.actor, kActor);
  EXPECT_EQ(info.address, "192.0.2.7");
  EXPECT_EQ(info.user, "42");
  EXPECT_EQ(info.topics, (std::vector<std::string>{"room:a", "room:b"}));
  EXPECT_EQ(info.queued_bytes, 12);
  EXPECT_EQ(info.received, 2);
  EXPECT_EQ(info.sent, 2);
}

TEST_F(ShardSocketsTest, ForgetThoseThatAreOver) {
  auto first = open(Transport::websocket);
  auto second = open(Transport::longpoll);
  auto third = open(Transport::websocket);
  second.reset();
  EXPECT_EQ(shard_->list().size(), 2);
  first->disconnect(websocket::CloseCause::peer);
  EXPECT_EQ(shard_->list().size(), 1);
  first.reset();
  third.reset();
  EXPECT_TRUE(shard_->list().empty());
  EXPECT_EQ(value(traffic_.opened.at(0)), 2);
  EXPECT_EQ(value(traffic_.ended.at(0)), 2);
  EXPECT_EQ(value(traffic_.ended.at(1)), 1);
}

TEST_F(ShardSocketsTest, CountWhySocketsWereClosedOnce) {
  const auto socket = open(Transport::websocket);
  socket->disconnect(websocket::CloseCause::idle);
  socket->disconnect(websocket::CloseCause::lost);
  const auto& closed = traffic_.closed.at(0);
  EXPECT_EQ(value(closed.at(std::to_underlying(websocket::CloseCause::idle))), 1);
  EXPECT_EQ(value(closed.at(std::to_underlying(websocket::CloseCause::lost))), 0);
}

TEST_F(ShardSocketsTest, CountChannelsHoweverTheyEnd) {
  auto socket = open(Transport::websocket);
  say(*socket, R"(["1","1","room:a","phx_join",{}])");
  say(*socket, R"(["2","2","room:a","phx_join",{}])");  // in the place of the first
  say(*socket, R"(["3","3","nowhere","phx_join",{}])");
  EXPECT_EQ(value(traffic_.joined), 2);
  EXPECT_EQ(value(traffic_.left), 1);
  say(*socket, R"(["2","4","room:a","phx_leave",{}])");
  EXPECT_EQ(value(traffic_.left), 2);
  say(*socket, R"(["5","5","room:a","phx_join",{}])");
  socket.reset();
  EXPECT_EQ(value(traffic_.joined), value(traffic_.left));
}

TEST_F(ShardSocketsTest, CloseTheOneOfAnActor) {
  const auto socket = open(Transport::websocket);
  EXPECT_FALSE(shard_->close(actors::Pid(0, 8, 1)));
  EXPECT_FALSE(line_->closed);
  EXPECT_TRUE(shard_->close(kActor));
  EXPECT_EQ(line_->closed, websocket::CloseCode::going_away);
}

TEST(SocketRegister, KnowsNoShardOutsideOfShards) {
  const SocketRegister sockets(2);
  EXPECT_EQ(sockets.shards(), 2);
  EXPECT_EQ(sockets.here(), nullptr);
}

}  // namespace
}  // namespace coppice::net::channels
