#include "actors/burst.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/hub.hpp"
#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::pubsub {
namespace {

using testkit::World;
using Strings = std::vector<std::string>;

/// What is published within a Burst.
class HubBurst : public ::testing::Test {
 protected:
  /// Runs a function in an actor of the shard where all of these subscribe.
  void in_probe(std::function<void(Probe&)> what) {
    const auto done = world_.call(probe_, Probe::Run{std::move(what)});
    ASSERT_TRUE(done) << done.error().message();
  }

  /// Subscribes; notes "name: all that came together".
  SubscriptionId listen(Probe& self, const std::string& name, const std::string& topic = "room") {
    self.subscriptions.push_back(
        hub_->subscribe_together(topic, self.me().pid(), [this, name](Broadcasts together) {
          std::string note = name + ":";
          for (const auto& broadcast : together) note += " " + text_of(broadcast);
          notes_.push_back(note);
        }));
    return self.subscriptions.back().id();
  }

  void publish(const Strings& texts, const std::string& topic = "room") {
    for (const auto& each : texts) hub_->broadcast(topic, text(each));
  }

  World world_{{.shards = 2, .seed = {}}};
  std::shared_ptr<Hub> hub_ = Hub::make(world_.runtime());
  Ref<Probe> probe_ = world_.spawn_with<Probe>({.placement = Placement::shard(0)});
  Strings notes_;
};

TEST_F(HubBurst, GoesToOneReceiverAfterTheOther) {
  in_probe([&](Probe& self) {
    listen(self, "a");
    listen(self, "b");
    {
      const Burst burst;
      publish({"1", "2", "3"});
      EXPECT_TRUE(notes_.empty());
    }
    EXPECT_EQ(notes_, (Strings{"a: 1 2 3", "b: 1 2 3"}));
    EXPECT_EQ(hub_->stats().deliveries, 6U);
  });
}

TEST_F(HubBurst, KeepsTheOrderBetweenTopics) {
  in_probe([&](Probe& self) {
    listen(self, "a");
    listen(self, "a", "hall");
    {
      const Burst burst;
      publish({"1", "2"});
      publish({"3"}, "hall");
      publish({"4"});
    }
    EXPECT_EQ(notes_, (Strings{"a: 1 2", "a: 3", "a: 4"}));
  });
}

TEST_F(HubBurst, KeepsTheOrderWithWhatIsSentToOne) {
  in_probe([&](Probe& self) {
    const auto id = listen(self, "a");
    {
      const Burst burst;
      publish({"1"});
      hub_->send(id, text("private"));
      publish({"2"});
    }
    EXPECT_EQ(notes_, (Strings{"a: 1", "a: private", "a: 2"}));
  });
}

TEST_F(HubBurst, GivesAPublisherItsOwnBeforeTheCallReturns) {
  in_probe([&](Probe& self) {
    const auto id = listen(self, "publisher");
    listen(self, "other");
    {
      const Burst burst;
      hub_->broadcast_as(id, "room", text("1"));
      EXPECT_EQ(notes_, Strings{"publisher: 1"});
      hub_->broadcast_as(id, "room", text("2"));
    }
    EXPECT_EQ(notes_, (Strings{"publisher: 1", "publisher: 2", "other: 1 2"}));
  });
}

TEST_F(HubBurst, GivesAPublisherFirstWhatWasHeldForItBefore) {
  in_probe([&](Probe& self) {
    const auto id = listen(self, "publisher");
    {
      const Burst burst;
      publish({"1"});
      hub_->broadcast_as(id, "room", text("2"));
      hub_->send(id, text("3"));
      hub_->broadcast_as(id, "room", text("4"));
    }
    EXPECT_EQ(notes_, (Strings{"publisher: 1", "publisher: 2", "publisher: 3", "publisher: 4"}));
  });
}

TEST_F(HubBurst, ReachesAnActorBeforeAMessageThatWasSentBehindIt) {
  const Texts received = no_texts();
  const auto far = world_.spawn_with<Probe>({.placement = Placement::shard(1)}, hub_,
                                            std::string("room"), received);
  in_probe([&](Probe&) {
    publish({"1"});
    far.cast(Probe::Post{[&](Probe&) { received->emplace_back("behind"); }}).ignore();
    publish({"2"});
  });
  world_.run();
  EXPECT_EQ(*received, (Strings{"1", "behind", "2"}));
}

TEST_F(HubBurst, LeavesTheSenderOutWhereItIsToBe) {
  in_probe([&](Probe& self) {
    const auto a = listen(self, "a");
    const auto b = listen(self, "b");
    {
      const Burst burst;
      hub_->broadcast_from(a, "room", text("by a"));
      hub_->broadcast_from(b, "room", text("by b"));
    }
    EXPECT_EQ(notes_, (Strings{"a: by b", "b: by a"}));
  });
}

TEST_F(HubBurst, GivesLateSubscribersOnlyWhatCameAfterThem) {
  in_probe([&](Probe& self) {
    listen(self, "early");
    {
      const Burst burst;
      publish({"1"});
      listen(self, "late");
      publish({"2"});
    }
    EXPECT_EQ(notes_, (Strings{"early: 1 2", "late: 2"}));
  });
}

TEST_F(HubBurst, GivesThoseWhoCancelNothingMore) {
  in_probe([&](Probe& self) {
    {
      const Burst burst;
      listen(self, "gone");
      publish({"1"});
      self.subscriptions.clear();
    }
    EXPECT_TRUE(notes_.empty());
  });
}

TEST_F(HubBurst, StopsForAReceiverThatCancelsAtOneOfThem) {
  in_probe([&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr& broadcast) {
      notes_.push_back(text_of(broadcast));
      self.subscriptions.clear();
    });
    {
      const Burst burst;
      publish({"1", "2"});
    }
    EXPECT_EQ(notes_, Strings{"1"});
  });
}

TEST_F(HubBurst, LetsAPublisherCancelAtItsOwnMessage) {
  in_probe([&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr& broadcast) {
      notes_.push_back(text_of(broadcast));
      self.subscriptions.clear();
    });
    const Burst burst;
    hub_->broadcast_as(self.subscriptions.front().id(), "room", text("1"));
    EXPECT_EQ(notes_, Strings{"1"});
    EXPECT_EQ(hub_->stats().subscriptions, 0U);
  });
}

TEST_F(HubBurst, TakesInWhatAReceiverPublishes) {
  in_probe([&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr& broadcast) {
      if (text_of(broadcast) == "question") publish({"answer"});
    });
    listen(self, "a");
    {
      const Burst burst;
      publish({"question", "more"});
    }
    EXPECT_EQ(notes_, (Strings{"a: question more", "a: answer"}));
  });
}

TEST_F(HubBurst, ReachesOtherShardsTogetherAsWell) {
  Probe::Run subscribe{[&](Probe& self) { listen(self, "far"); }};
  const auto far = world_.spawn_with<Probe>({.placement = Placement::shard(1)});
  ASSERT_TRUE(world_.call(far, std::move(subscribe)));
  in_probe([&](Probe&) { publish({"1", "2"}); });
  world_.run();
  EXPECT_EQ(notes_, Strings{"far: 1 2"});
}

}  // namespace
}  // namespace coppice::actors::pubsub
