#include "app/cluster/broadcasts.hpp"

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "app/rooms/history/history_message.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::cluster {
namespace {

using actors::pubsub::BroadcastPtr;
using actors::pubsub::Delivery;
using net::channels::Broadcast;
using net::channels::Payload;

class Listener final : public actors::Server<Listener> {
 public:
  Listener(std::shared_ptr<actors::pubsub::Hub> hub,
           std::shared_ptr<std::vector<BroadcastPtr>> heard)
      : hub_(std::move(hub)), heard_(std::move(heard)) {}
  void init() { subscription_ = hub_->subscribe("room:1", self()); }
  void handle(Delivery delivery) { heard_->push_back(std::move(delivery.broadcast)); }

 private:
  const std::shared_ptr<actors::pubsub::Hub> hub_;
  const std::shared_ptr<std::vector<BroadcastPtr>> heard_;
  actors::pubsub::Subscription subscription_;
};

class BroadcastsTest : public testing::Test {
 protected:
  BroadcastsTest() { world_.spawn<Listener>(hub_, heard_); }

  /// What a subscriber of another node gets.
  BroadcastPtr send(const actors::pubsub::Broadcast& broadcast) {
    const auto bytes = broadcast_to_bytes("room:1", broadcast);
    if (!bytes || !intake_.take(*bytes)) return nullptr;
    world_.run();
    return heard_->empty() ? nullptr : heard_->back();
  }

  actors::testkit::World world_;
  std::shared_ptr<actors::pubsub::Hub> hub_ = actors::pubsub::Hub::make(world_.runtime());
  Intake intake_{hub_};
  std::shared_ptr<std::vector<BroadcastPtr>> heard_ = std::make_shared<std::vector<BroadcastPtr>>();
};

TEST_F(BroadcastsTest, AMessageArrivesAsItWasSent) {
  const auto got = send(Broadcast("room:1", "shout", Payload::json(R"({"a":1})"), "key"));
  const auto* message = dynamic_cast<const Broadcast*>(got.get());
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->topic(), "room:1");
  EXPECT_EQ(message->event(), "shout");
  EXPECT_EQ(message->payload(), Payload::json(R"({"a":1})"));
  EXPECT_EQ(message->key(), "key");
}

TEST_F(BroadcastsTest, BytesStayBytes) {
  const std::string bytes("\0\xff{", 3);
  const auto got = send(Broadcast("room:1", "shout", Payload::binary(bytes)));
  const auto* message = dynamic_cast<const Broadcast*>(got.get());
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->payload(), Payload::binary(bytes));
}

TEST_F(BroadcastsTest, OfAMessageThatIsKeptHereOthersGetWhatWasSaid) {
  const rooms::KeptMessage kept{
      .position = 42, .said = {.topic = "room:1", .event = "shout", .payload = R"({"a":1})"}};
  const auto got = send(rooms::HistoryMessage(kept, 7));
  const auto* message = dynamic_cast<const Broadcast*>(got.get());
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->payload(), Payload::json(R"({"a":1})"));
}

TEST_F(BroadcastsTest, WhatNoOtherNodeNeedsIsNotSent) {
  EXPECT_FALSE(broadcast_to_bytes("room:1", net::channels::Push("state", {})));
}

TEST_F(BroadcastsTest, WhatFindsNoRoomIsRefusedUntilThereIsSome) {
  const std::string large(Intake::kMostBytes / 4, 'x');
  const auto bytes =
      *broadcast_to_bytes("room:1", Broadcast("room:1", "shout", Payload::binary(large)));
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(intake_.take(bytes)) << n;
  EXPECT_EQ(intake_.take(bytes).error(), actors::Errc::overloaded);
  world_.run();
  heard_->clear();
  EXPECT_TRUE(intake_.take(bytes));
}

TEST_F(BroadcastsTest, WhatCantBeReadIsRefused) {
  EXPECT_FALSE(intake_.take("nonsense"));
  auto bytes = *broadcast_to_bytes("room:1", Broadcast("room:1", "shout", Payload::json("{}")));
  bytes[bytes.find("{}")] = '[';
  EXPECT_FALSE(intake_.take(bytes));
  EXPECT_TRUE(heard_->empty());
}

}  // namespace
}  // namespace coppice::app::cluster
