#include "net/channels/routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/channels/socket.hpp"

namespace coppice::net::channels {
namespace {

TEST(TopicMatches, TakesExactTopicsAndPrefixes) {
  EXPECT_TRUE(topic_matches("room:lobby", "room:lobby"));
  EXPECT_FALSE(topic_matches("room:lobby", "room:lobby2"));
  EXPECT_TRUE(topic_matches("room:*", "room:"));
  EXPECT_TRUE(topic_matches("room:*", "room:a:b"));
  EXPECT_FALSE(topic_matches("room:*", "room"));
  EXPECT_TRUE(topic_matches("*", ""));
}

/// A channel that nobody uses.
class Idle : public Channel {
 public:
  Idle(Port port, std::shared_ptr<const std::string> client, std::string name)
      : name(std::move(name)), client(std::move(client)), port(std::move(port)) {}
  void on_join(Payload /*params*/) override {}
  void on_event(std::string /*event*/, Payload /*payload*/, Reply /*reply*/) override {}
  void on_end(EndReason /*reason*/) noexcept override {}

  const std::string name;
  const std::shared_ptr<const std::string> client;
  const Port port;
};

/// Opens what is joined, through a socket.
class Spy final : public ChannelFactory {
 public:
  explicit Spy(std::shared_ptr<ChannelFactory> factory) : factory_(std::move(factory)) {}
  std::shared_ptr<Channel> open(const std::string& topic, Port port) override {
    opened = std::dynamic_pointer_cast<Idle>(factory_->open(topic, std::move(port)));
    return opened;
  }
  std::shared_ptr<Idle> opened;

 private:
  std::shared_ptr<ChannelFactory> factory_;
};

class Nowhere final : public FrameSink {
 public:
  void send(const websocket::Frame& /*frame*/) override {}
};

TEST(ChannelTable, MakesTheChannelOfTheFirstPatternForEachClient) {
  ChannelTable<std::string> table;
  table.add<Idle>("room:lobby", std::string("lobby")).add<Idle>("room:*", std::string("room"));
  const auto ann = std::make_shared<const std::string>("ann");
  const auto spy = std::make_shared<Spy>(table.of(ann));
  const auto socket = Socket::make(spy, std::make_shared<Nowhere>(), {});
  const auto opened = [&](const std::string& topic) {
    EXPECT_TRUE(socket->receive_text(R"(["1","1",")" + topic + R"(","phx_join",{}])"));
    return spy->opened;
  };
  EXPECT_EQ(opened("room:lobby")->name, "lobby");
  EXPECT_EQ(opened("room:a")->name, "room");
  EXPECT_EQ(spy->opened->client, ann);
  EXPECT_EQ(spy->opened->port.topic(), "room:a");
  EXPECT_EQ(opened("elsewhere"), nullptr);
}

}  // namespace
}  // namespace coppice::net::channels
