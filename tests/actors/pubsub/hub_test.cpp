#include "actors/pubsub/hub.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::pubsub {
namespace {

using testing::Test;
using testkit::Order;
using testkit::World;
using Strings = std::vector<std::string>;

SpawnOptions on_shard(std::uint32_t shard) { return {.placement = Placement::shard(shard)}; }

class HubTest : public Test {
 protected:
  Ref<Probe> idle_probe(std::uint32_t shard = 0) {
    return world_.spawn_with<Probe>(on_shard(shard));
  }
  Ref<Probe> subscriber(const std::string& topic, const Texts& received, std::uint32_t shard = 0) {
    return world_.spawn_with<Probe>(on_shard(shard), hub_, topic, received);
  }
  void in(const Ref<Probe>& probe, std::function<void(Probe&)> what) {
    const auto done = world_.call(probe, Probe::Run{std::move(what)});
    ASSERT_TRUE(done) << done.error().message();
  }
  void listen(const Ref<Probe>& probe, const std::string& topic, const Texts& received) {
    in(probe, [=, this](Probe& self) { self.listen(hub_, topic, received); });
  }

  World world_{{.shards = 3, .seed = {}}};
  std::shared_ptr<Hub> hub_ = Hub::make(world_.runtime());
};

TEST_F(HubTest, DeliversToAllSubscribersOfTheTopicOnAllShards) {
  const Texts a = no_texts();
  const Texts b = no_texts();
  const Texts other = no_texts();
  subscriber("room", a, 0);
  subscriber("room", b, 2);
  subscriber("hall", other, 1);

  hub_->broadcast("room", text("hello"));
  hub_->broadcast("nobody there", text("lost"));
  world_.run();

  EXPECT_EQ(*a, Strings{"hello"});
  EXPECT_EQ(*b, Strings{"hello"});
  EXPECT_TRUE(other->empty());
}

TEST_F(HubTest, SharesOneObjectBetweenAllReceivers) {
  std::vector<const Broadcast*> seen;
  for (const std::uint32_t shard : {0U, 1U, 1U, 2U}) {
    in(idle_probe(shard), [&](Probe& self) {
      self.listen(hub_, "room", [&](const BroadcastPtr& b) { seen.push_back(b.get()); });
    });
  }
  const BroadcastPtr sent = text("hello");
  hub_->broadcast("room", sent);
  world_.run();

  EXPECT_EQ(seen, std::vector<const Broadcast*>(4, sent.get()));
}

TEST_F(HubTest, BroadcastFromLeavesOutOneSubscription) {
  const auto probe = idle_probe();
  const Texts mine = no_texts();
  const Texts also_mine = no_texts();
  const Texts theirs = no_texts();
  listen(probe, "room", mine);
  listen(probe, "room", also_mine);
  subscriber("room", theirs, 1);

  in(probe, [&](Probe& self) {
    hub_->broadcast_from(self.subscriptions.at(0).id(), "room", text("hello"));
  });
  world_.run();

  EXPECT_TRUE(mine->empty());
  EXPECT_EQ(*also_mine, Strings{"hello"});
  EXPECT_EQ(*theirs, Strings{"hello"});
}

TEST_F(HubTest, ReachesThePublishersOwnShardBeforeTheCallReturns) {
  const Texts received = no_texts();
  in(idle_probe(), [&](Probe& self) {
    self.listen(hub_, "room", received);
    hub_->broadcast("room", text("hello"));
    EXPECT_EQ(*received, Strings{"hello"});
  });
}

TEST_F(HubTest, SendReachesOneSubscriptionInOrderWithTheBroadcasts) {
  const Texts one = no_texts();
  const Texts other = no_texts();
  const auto probe = idle_probe(1);
  listen(probe, "room", one);
  listen(idle_probe(1), "room", other);
  SubscriptionId receiver{};
  in(probe, [&](Probe& self) { receiver = self.subscriptions.at(0).id(); });

  hub_->broadcast("room", text("before"));
  hub_->send(receiver, text("private"));
  hub_->broadcast("room", text("after"));
  world_.run();

  EXPECT_EQ(*one, (Strings{"before", "private", "after"}));
  EXPECT_EQ(*other, (Strings{"before", "after"}));
}

TEST_F(HubTest, SendToNobodyOrToAnEndedSubscriptionDoesNothing) {
  const Texts received = no_texts();
  const auto probe = idle_probe(2);
  SubscriptionId ended{};
  in(probe, [&](Probe& self) {
    self.listen(hub_, "room", received);
    ended = self.subscriptions.at(0).id();
    self.subscriptions.clear();
  });
  hub_->send(ended, text("late"));
  hub_->send(SubscriptionId{}, text("nowhere"));
  world_.run();
  EXPECT_TRUE(received->empty());
}

TEST_F(HubTest, DeliversNothingAfterCancel) {
  const Texts received = no_texts();
  const auto probe = idle_probe(1);
  listen(probe, "room", received);
  hub_->broadcast("room", text("on its way"));
  in(probe, [](Probe& self) {
    self.subscriptions.at(0).cancel();
    self.subscriptions.at(0).cancel();
    EXPECT_FALSE(self.subscriptions.at(0));
  });
  hub_->broadcast("room", text("late"));
  world_.run();

  EXPECT_LE(received->size(), 1U);
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  EXPECT_EQ(hub_->stats().topics, 0U);
}

TEST_F(HubTest, ReplacingASubscriptionCancelsTheOldOne) {
  const Texts old_topic = no_texts();
  const Texts new_topic = no_texts();
  in(idle_probe(), [&](Probe& self) {
    self.listen(hub_, "old", old_topic);
    self.listen(hub_, "new", new_topic);
    self.subscriptions.at(0) = std::move(self.subscriptions.at(1));
    hub_->broadcast("old", text("1"));
    hub_->broadcast("new", text("2"));
  });
  EXPECT_TRUE(old_topic->empty());
  EXPECT_EQ(*new_topic, Strings{"2"});
}

TEST_F(HubTest, AReceiverMayCancelItselfAndOthersMeanwhile) {
  const Texts last = no_texts();
  int calls = 0;
  in(idle_probe(), [&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr&) {
      ++calls;
      self.subscriptions.at(0).cancel();
      self.subscriptions.at(1).cancel();
    });
    self.listen(hub_, "room", [&](const BroadcastPtr&) { ADD_FAILURE() << "was cancelled"; });
    self.listen(hub_, "room", last);
    hub_->broadcast("room", text("1"));
    hub_->broadcast("room", text("2"));
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(*last, (Strings{"1", "2"}));
}

TEST_F(HubTest, TheLastReceiverOfATopicMayCancelAndAnotherSubscribeMeanwhile) {
  const Texts successor = no_texts();
  in(idle_probe(), [&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr&) {
      self.subscriptions.clear();
      self.listen(hub_, "room", successor);
    });
    hub_->broadcast("room", text("1"));
    EXPECT_TRUE(successor->empty());  // it came after the broadcast
    hub_->broadcast("room", text("2"));
  });
  EXPECT_EQ(*successor, Strings{"2"});
}

TEST_F(HubTest, WhatAReceiverOwnsMayCancelFurtherSubscriptions) {
  in(idle_probe(), [&](Probe& self) {
    auto inner = std::make_shared<Subscription>(
        hub_->subscribe("room", self.me().pid(), [](const BroadcastPtr&) {}));
    self.listen(hub_, "room", [inner](const BroadcastPtr&) {});
    inner.reset();
    self.subscriptions.clear();
  });
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  EXPECT_EQ(hub_->stats().topics, 0U);
}

TEST_F(HubTest, WhatAReceiverPublishesComesNext) {
  const Texts second = no_texts();
  in(idle_probe(), [&](Probe& self) {
    self.listen(hub_, "room", [&](const BroadcastPtr& b) {
      if (text_of(b) == "question") hub_->broadcast("room", text("answer"));
    });
    self.listen(hub_, "room", second);
    hub_->broadcast("room", text("question"));
  });
  EXPECT_EQ(*second, (Strings{"question", "answer"}));
}

TEST_F(HubTest, SubscriptionsEndWithTheirActor) {
  const auto stopped = subscriber("room", no_texts(), 1);
  const auto killed = subscriber("room", no_texts(), 2);
  EXPECT_EQ(hub_->stats().subscriptions, 2U);

  ASSERT_TRUE(world_.stop(stopped.pid()));
  world_.kill(killed.pid());
  hub_->broadcast("room", text("hello"));
  world_.run();

  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  EXPECT_EQ(hub_->stats().topics, 0U);
  EXPECT_EQ(hub_->stats().deliveries, 0U);
}

TEST_F(HubTest, AnExceptionFromAReceiverEndsItsActorAlone) {
  const auto broken = idle_probe();
  const auto publisher = idle_probe();
  const Texts healthy = no_texts();
  in(broken, [&](Probe& self) {
    self.listen(hub_, "room", [](const BroadcastPtr&) { throw std::runtime_error("boom"); });
  });
  subscriber("room", healthy);

  in(publisher, [&](Probe&) { hub_->broadcast("room", text("hello")); });

  EXPECT_FALSE(world_.alive(broken.pid()));
  EXPECT_TRUE(world_.alive(publisher.pid()));
  EXPECT_EQ(*healthy, Strings{"hello"});
}

TEST_F(HubTest, EndsASubscriberWhoseMailboxIsFull) {
  SpawnOptions small = on_shard(0);
  small.mailbox.capacity = 2;
  const auto slow = world_.spawn_with<Probe>(small, hub_, std::string("room"), no_texts());
  const Texts healthy = no_texts();
  subscriber("room", healthy);
  in(idle_probe(), [&](Probe&) {
    for (const char* each : {"1", "2", "3"}) hub_->broadcast("room", text(each));
  });
  world_.run();

  EXPECT_FALSE(world_.alive(slow.pid()));
  EXPECT_EQ(*healthy, (Strings{"1", "2", "3"}));
  const auto exits = world_.events(EventKind::actor_exit);
  ASSERT_FALSE(exits.empty());
  EXPECT_EQ(exits.front().reason, ExitReason::of(ExitReason::Kind::mailbox_overflow));
}

TEST_F(HubTest, RefusesToSubscribeFromElsewhereThanTheSubscribersShard) {
  const auto far = idle_probe(1);
  const auto deliver = [](const BroadcastPtr&) {};
  EXPECT_THROW(std::ignore = hub_->subscribe("room", far.pid(), deliver), std::logic_error);
  in(idle_probe(0), [&](Probe& self) {
    EXPECT_THROW(std::ignore = hub_->subscribe("room", far.pid(), deliver), std::logic_error);
    EXPECT_THROW(std::ignore = hub_->subscribe("room", Pid(), deliver), std::logic_error);
    EXPECT_NO_THROW(std::ignore = hub_->subscribe("room", self.me().pid(), deliver));
  });
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
}

TEST_F(HubTest, OutlivesItsWorldWithSubscriptionsInIt) {
  auto hub = [] {
    World world({.shards = 2, .seed = {}});
    auto made = Hub::make(world.runtime());
    world.spawn_with<Probe>(on_shard(1), made, std::string("room"), no_texts());
    return made;
  }();
  EXPECT_EQ(hub->stats().subscriptions, 0U);
}

TEST(HubOrder, IsKeptForEachPublisherInWhateverOrderActorsRun) {
  World world({.shards = 4, .order = Order::random, .seed = {}});
  SCOPED_TRACE("COPPICE_SEED=" + std::to_string(world.seed()));
  const auto hub = Hub::make(world.runtime());
  constexpr int kPublishers = 4;
  constexpr int kMessages = 30;
  std::vector<Texts> received;
  for (std::uint32_t i = 0; i < 8; ++i) {
    received.push_back(no_texts());
    world.spawn_with<Probe>(on_shard(i % 4), hub, std::string("room"), received.back());
  }
  for (int p = 0; p < kPublishers; ++p) {
    const auto publisher = world.spawn_with<Probe>(on_shard(static_cast<std::uint32_t>(p)));
    for (int m = 0; m < kMessages; ++m) {
      ASSERT_TRUE(publisher.cast(Probe::Post{[&hub, p, m](Probe&) {
        hub->broadcast("room", text(std::to_string(p) + ":" + std::to_string(1000 + m)));
      }}));
    }
  }
  world.run();
  for (const auto& texts : received) {
    std::vector<Strings> by_publisher(kPublishers);
    for (const auto& each : *texts)
      by_publisher.at(static_cast<std::size_t>(each.front() - '0')).push_back(each);
    for (const auto& sent : by_publisher) {
      EXPECT_EQ(sent.size(), kMessages);
      EXPECT_TRUE(std::ranges::is_sorted(sent));
    }
  }
}

}  // namespace
}  // namespace coppice::actors::pubsub
