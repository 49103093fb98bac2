#include "app/cluster/discovery.hpp"

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::app::cluster {
namespace {

using Nodes = std::vector<std::string>;

class DiscoveryTest : public testing::Test {
 protected:
  actors::Ref<Discovery> start(Settings settings) {
    Resolve resolve = [this](const std::string& name) {
      names_.push_back(name);
      return answer_;
    };
    Discovery::Found found = [this](const Nodes& nodes, bool starts) -> actors::Result<void> {
      starts_.push_back(starts);
      if (fails_) return actors::fail(actors::Errc::io_error, "the disk is full");
      found_.push_back(nodes);
      return {};
    };
    std::function<Nodes()> known = [this] { return known_; };
    return world_.spawn<Discovery>(std::move(settings), std::move(resolve), std::move(known),
                                   std::move(found));
  }

  actors::testkit::World world_;
  actors::Result<Nodes> answer_ = Nodes{"10.0.0.2", "10.0.0.1"};
  std::vector<std::string> names_;
  std::vector<Nodes> found_;
  Nodes known_;  // to the incarnation before
  std::vector<bool> starts_;
  bool fails_ = false;
};

TEST_F(DiscoveryTest, NodesThatAreKnownNeedNotBeLookedUp) {
  start({.nodes = {"b:6222", "a:6222", "b:6222"}});
  world_.advance(std::chrono::minutes(1));
  EXPECT_EQ(found_, (std::vector<Nodes>{{"a:6222", "b:6222"}}));
  EXPECT_TRUE(names_.empty());
}

TEST_F(DiscoveryTest, ANameIsLookedUpBeforeWhatComesNextStarts) {
  start({.dns_query = "app.internal", .nodes = {"z:1"}});
  EXPECT_EQ(names_, Nodes{"app.internal"});
  EXPECT_EQ(found_, (std::vector<Nodes>{{"10.0.0.1", "10.0.0.2", "z:1"}}));
}

TEST_F(DiscoveryTest, OnlyChangesAreTold) {
  start({.dns_query = "app.internal"});
  world_.advance(std::chrono::seconds(12));
  EXPECT_EQ(names_.size(), 3U);
  EXPECT_EQ(found_.size(), 1U);
  answer_ = Nodes{"10.0.0.3"};
  world_.advance(std::chrono::seconds(5));
  ASSERT_EQ(found_.size(), 2U);
  EXPECT_EQ(found_.back(), Nodes{"10.0.0.3"});
}

TEST_F(DiscoveryTest, WhatWasFoundLastCountsWhileTheNameCantBeLookedUp) {
  start({.dns_query = "app.internal"});
  answer_ = actors::fail(actors::Errc::unavailable, "no such host");
  world_.advance(std::chrono::seconds(12));
  EXPECT_EQ(found_.size(), 1U);
}

TEST_F(DiscoveryTest, AFirstLookThatFailsFindsTheNodesThatAreKnown) {
  answer_ = actors::fail(actors::Errc::unavailable, "no such host");
  start({.dns_query = "app.internal", .nodes = {"a:1"}});
  EXPECT_EQ(found_, (std::vector<Nodes>{{"a:1"}}));
  answer_ = Nodes{"10.0.0.1"};
  world_.advance(std::chrono::seconds(5));
  EXPECT_EQ(found_.back(), (Nodes{"10.0.0.1", "a:1"}));
}

TEST_F(DiscoveryTest, ANameServerThatDoesNotAnswerHoldsUpNoStart) {
  world_.hold_blocking_jobs(true);
  const auto before = world_.now();
  start({.dns_query = "app.internal", .nodes = {"a:1"}});
  EXPECT_EQ(found_, (std::vector<Nodes>{{"a:1"}}));
  EXPECT_LE(world_.now() - before, std::chrono::seconds(1));
  world_.hold_blocking_jobs(false);
  world_.advance(std::chrono::seconds(5));
  EXPECT_EQ(found_.back(), (Nodes{"10.0.0.1", "10.0.0.2", "a:1"}));
}

TEST_F(DiscoveryTest, WhatTheIncarnationBeforeHasFoundCountsAsWell) {
  answer_ = actors::fail(actors::Errc::unavailable, "no such host");
  known_ = {"10.0.0.9"};
  start({.dns_query = "app.internal"});
  EXPECT_EQ(found_, (std::vector<Nodes>{{"10.0.0.9"}}));
}

TEST_F(DiscoveryTest, WhatCouldNotBeUsedIsTriedAgain) {
  start({.dns_query = "app.internal"});
  answer_ = Nodes{"10.0.0.3"};
  fails_ = true;
  world_.advance(std::chrono::seconds(10));
  EXPECT_EQ(found_.size(), 1U);
  fails_ = false;
  world_.advance(std::chrono::seconds(5));
  EXPECT_EQ(found_.back(), Nodes{"10.0.0.3"});
  EXPECT_EQ(starts_, (std::vector<bool>{true, false, false, false}));
}

TEST_F(DiscoveryTest, AfterWhatCouldNotBeUsedTheOldNodesAreToldAgain) {
  start({.dns_query = "app.internal"});
  const auto old = std::exchange(answer_, Nodes{"10.0.0.3"});
  fails_ = true;
  world_.advance(std::chrono::seconds(5));
  answer_ = old;
  fails_ = false;
  world_.advance(std::chrono::seconds(5));
  EXPECT_EQ(found_.size(), 2U);
}

TEST(ResolveTest, GivesTheAddressesOfAName) {
  const auto addresses = resolve("localhost");
  ASSERT_TRUE(addresses);
  EXPECT_FALSE(addresses->empty());
}

TEST(ResolveTest, SaysWhichNameHasNone) {
  const std::string too_long(300, 'x');  // so nobody needs to be asked
  const auto addresses = resolve(too_long);
  ASSERT_FALSE(addresses);
  EXPECT_NE(addresses.error().message().find(too_long), std::string::npos);
}

}  // namespace
}  // namespace coppice::app::cluster
