#include "actors/pubsub/pubsub.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::pubsub {
namespace {

using testkit::World;
using Strings = std::vector<std::string>;

/// Notes what other nodes would get; "poison" makes it throw.
class NotingAdapter final : public Adapter {
 public:
  explicit NotingAdapter(Texts forwarded) : forwarded_(std::move(forwarded)) {}

  void forward(const std::string& topic, const BroadcastPtr& broadcast) override {
    if (text_of(broadcast) == "poison") throw std::runtime_error("poisoned");
    forwarded_->push_back(topic + ": " + text_of(broadcast));
  }

 private:
  Texts forwarded_;
};

class PubSubTest : public testing::Test {
 protected:
  MakeAdapter noting_adapter() {
    return
        [this](const std::shared_ptr<Hub>&) { return std::make_unique<NotingAdapter>(forwarded_); };
  }

  World world_{{.shards = 2, .seed = {}}};
  std::shared_ptr<Hub> hub_ = Hub::make(world_.runtime());
  Texts forwarded_ = no_texts();
  Texts received_ = no_texts();
};

TEST_F(PubSubTest, ForwardsBroadcastsButNotLocalOnes) {
  world_.spawn<PubSub>(hub_, noting_adapter());
  world_.spawn<Probe>(hub_, std::string("room"), received_);
  hub_->broadcast("room", text("1"));
  hub_->broadcast_local("room", text("2"));
  hub_->broadcast_from(SubscriptionId{}, "hall", text("3"));
  world_.run();
  EXPECT_EQ(*forwarded_, (Strings{"room: 1", "hall: 3"}));
  EXPECT_EQ(*received_, (Strings{"1", "2"}));
  EXPECT_EQ(hub_->stats().unforwarded, 0U);
}

TEST_F(PubSubTest, KeepsMessagesOnThisNodeWithoutAnAdapter) {
  const auto pubsub = world_.spawn<PubSub>(hub_);
  world_.spawn<Probe>(hub_, std::string("room"), received_);
  hub_->broadcast("room", text("1"));
  world_.run();
  EXPECT_EQ(*received_, Strings{"1"});
  EXPECT_EQ(world_.runtime().stats(pubsub.pid())->handled, 0U);
}

TEST_F(PubSubTest, ItsEndCostsNoSubscriptionAndNoMessageOnThisNode) {
  const auto first = world_.spawn<PubSub>(hub_, noting_adapter());
  world_.spawn<Probe>(hub_, std::string("room"), received_);
  hub_->broadcast("room", text("before"));
  world_.kill(first.pid());
  hub_->broadcast("room", text("meanwhile"));
  world_.spawn<PubSub>(hub_, noting_adapter());
  hub_->broadcast("room", text("after"));
  world_.run();
  EXPECT_EQ(*received_, (Strings{"before", "meanwhile", "after"}));
  EXPECT_EQ(forwarded_->back(), "room: after");
  EXPECT_GE(hub_->stats().unforwarded, 1U);
}

TEST_F(PubSubTest, AnAdaptersExceptionIsItsCrashAndNotThePublishers) {
  const auto pubsub = world_.spawn<PubSub>(hub_, noting_adapter());
  const auto publisher = world_.spawn<Probe>(hub_, std::string("room"), received_);
  ASSERT_TRUE(world_.call(publisher,
                          Probe::Run{[this](Probe&) { hub_->broadcast("room", text("poison")); }}));
  EXPECT_FALSE(world_.alive(pubsub.pid()));
  EXPECT_TRUE(world_.alive(publisher.pid()));
  EXPECT_EQ(*received_, Strings{"poison"});
}

TEST_F(PubSubTest, DescribesWhatTheHubDoes) {
  const PubSub pubsub(hub_);
  world_.spawn<Probe>(hub_, std::string("room"), received_);
  hub_->broadcast("room", text("1"));
  world_.run();
  EXPECT_EQ(pubsub.describe(),
            "1 topics, 1 subscriptions, 1 broadcasts, 1 deliveries, 0 not forwarded");
}

}  // namespace
}  // namespace coppice::actors::pubsub
