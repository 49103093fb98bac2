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

using Names = std::vector<std::string>;

constexpr actors::Pid kActor(0, 7, 1);

class Silent final : public FrameSink {
 public:
  void send(const websocket::Frame& frame) override { last = frame.payload(); }
  [[nodiscard]] std::size_t queued_bytes() const noexcept override { return 12; }
  std::string last;
};

class Room final : public Channel {
 public:
  explicit Room(Port port) : port_(std::move(port)) {}
  void on_join(Payload /*params*/) override {
    if (port_.topic() != "room:late") port_.accept();
  }
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
  std::shared_ptr<Socket> open(Transport transport, actors::Pid actor = kActor) {
    return Socket::make(std::make_shared<Rooms>(), sink_,
                        {.on_crash = {},
                         .shard = shard_,
                         .origin = {.transport = transport,
                                    .address = boost::asio::ip::make_address("192.0.2.7"),
                                    .actor = actor,
                                    .carrier = line_}});
  }
  static void say(Socket& socket, std::string_view text) { EXPECT_TRUE(socket.receive_text(text)); }
  [[nodiscard]] static std::uint64_t value(const Traffic::Counter& counter) { return counter; }

  /// "<0.7.1> room:a", for each.
  [[nodiscard]] Names names(const ChannelQuery& query) const {
    Names out;
    for (const auto& [key, transport, user, type, joined] : shard_->channels(query).channels) {
      out.push_back(to_string(key.actor) + " " + key.topic);
    }
    return out;
  }

  std::shared_ptr<Silent> sink_ = std::make_shared<Silent>();
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

TEST_F(ShardSocketsTest, ShowChannelsInTheOrderOfConnectionsAndTopics) {
  const auto second = open(Transport::longpoll, actors::Pid(0, 8, 1));
  const auto first = open(Transport::websocket);
  for (const auto& socket : {first, second}) {
    say(*socket, R"(["1","1","room:b","phx_join",{}])");
    say(*socket, R"(["2","2","room:a","phx_join",{}])");
  }
  EXPECT_EQ(names({}),
            (Names{"<0.7.1> room:a", "<0.7.1> room:b", "<0.8.1> room:a", "<0.8.1> room:b"}));
}

TEST_F(ShardSocketsTest, ShowWhatChannelsAre) {
  const auto socket = open(Transport::longpoll);
  say(*socket, R"(["1","1","room:a","phx_join",{}])");
  say(*socket, R"(["2","2","room:late","phx_join",{}])");
  const auto found = shard_->channels({});
  ASSERT_EQ(found.channels.size(), 2);
  const auto& channel = found.channels.front();
  EXPECT_EQ(channel.transport, Transport::longpoll);
  EXPECT_EQ(channel.user, "42");
  EXPECT_NE(channel.type.find("::Room"), std::string::npos);
  EXPECT_TRUE(channel.joined);
  EXPECT_FALSE(found.channels.back().joined);
}

TEST_F(ShardSocketsTest, ChooseAmongChannels) {
  const auto socket = open(Transport::websocket);
  const auto other = open(Transport::websocket, actors::Pid(0, 8, 1));
  say(*socket, R"(["1","1","room:a","phx_join",{}])");
  say(*socket, R"(["2","2","other","phx_join",{}])");
  say(*other, R"(["1","1","room:a","phx_join",{}])");
  EXPECT_EQ(names({.prefix = "room:"}), (Names{"<0.7.1> room:a", "<0.8.1> room:a"}));
  EXPECT_EQ(names({.actor = kActor}), (Names{"<0.7.1> other", "<0.7.1> room:a"}));
  EXPECT_EQ(names({.user = "42"}).size(), 3);
  EXPECT_TRUE(names({.user = "7"}).empty());
}

TEST_F(ShardSocketsTest, CountChannelsBeyondThoseTheyShow) {
  const auto socket = open(Transport::websocket);
  const auto other = open(Transport::websocket, actors::Pid(0, 8, 1));
  for (const auto& each : {socket, other}) {
    say(*each, R"(["1","1","room:a","phx_join",{}])");
    say(*each, R"(["2","2","room:b","phx_join",{}])");
  }
  EXPECT_EQ(names({.limit = 3}), (Names{"<0.7.1> room:a", "<0.7.1> room:b", "<0.8.1> room:a"}));
  EXPECT_EQ(shard_->channels({.limit = 1}).matching, 4);
  const ChannelKey after{.actor = kActor, .topic = "room:a"};
  EXPECT_EQ(names({.after = after, .limit = 2}), (Names{"<0.7.1> room:b", "<0.8.1> room:a"}));
  EXPECT_EQ(shard_->channels({.after = after, .limit = 2}).matching, 4);
}

TEST_F(ShardSocketsTest, CloseOneChannelOfASocket) {
  const auto socket = open(Transport::websocket);
  say(*socket, R"(["1","1","room:a","phx_join",{}])");
  say(*socket, R"(["2","2","room:b","phx_join",{}])");
  EXPECT_FALSE(shard_->close_channel({.actor = kActor, .topic = "room:c"}));
  EXPECT_FALSE(shard_->close_channel({.actor = actors::Pid(0, 8, 1), .topic = "room:a"}));
  EXPECT_TRUE(shard_->close_channel({.actor = kActor, .topic = "room:a"}));
  EXPECT_EQ(sink_->last, R"(["1","1","room:a","phx_close",{}])");
  EXPECT_EQ(names({}), Names{"<0.7.1> room:b"});
  EXPECT_FALSE(line_->closed);
}

TEST_F(ShardSocketsTest, RefuseAJoinThatIsNotDecidedToEndIt) {
  const auto socket = open(Transport::websocket);
  say(*socket, R"(["1","1","room:late","phx_join",{}])");
  EXPECT_TRUE(shard_->close_channel({.actor = kActor, .topic = "room:late"}));
  EXPECT_EQ(sink_->last, R"(["1","1","room:late","phx_reply",)"
                         R"({"status":"error","response":{"reason":"closed"}}])");
  EXPECT_TRUE(names({}).empty());
}

TEST_F(ShardSocketsTest, DescribeASocketInWords) {
  const auto socket = open(Transport::websocket);
  EXPECT_EQ(socket->describe(), "websocket of user 42, 0 topics joined, 12 B wait");
  say(*socket, R"(["1","1","room:a","phx_join",{}])");
  EXPECT_EQ(socket->describe(), "websocket of user 42, 1 topic joined, 12 B wait");
}

TEST(SocketRegister, KnowsNoShardOutsideOfShards) {
  const SocketRegister sockets(2);
  EXPECT_EQ(sockets.shards(), 2);
  EXPECT_EQ(sockets.here(), nullptr);
}

}  // namespace
}  // namespace coppice::net::channels
