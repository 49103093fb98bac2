#include "actors/presence/attendance.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/presence_fixture.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors::presence {
namespace {

using testkit::World;
using namespace std::chrono_literals;
using Keys = Attendees::Keys;

/// Presence with an application that listens: `told_` has what it heard, in order.
class AttendanceTest : public testing::Test {
 protected:
  AttendanceTest() {
    all_.attendance = std::make_shared<Attendance>(
        Attendance::Hooks{.first_joined = [this](const std::string& topic,
                                                 const std::string& key) { note("+", topic, key); },
                          .last_left = [this](const std::string& topic,
                                              const std::string& key) { note("-", topic, key); }});
    all_.start();
  }

  void note(const std::string& what, const std::string& topic, const std::string& key) {
    told_.push_back(what + topic + "/" + key);
    if (std::exchange(throws_, false)) throw std::runtime_error("a hook's mistake");
  }
  void quiet() { world_.advance(1s); }

  using Told = std::vector<std::string>;
  Told take() { return std::exchange(told_, {}); }

  World world_{{.shards = 2, .seed = {}}};
  Presences all_{world_};
  Told told_;
  bool throws_ = false;
};

TEST_F(AttendanceTest, TellsOfTheFirstJoinAndTheLastLeaveOfAKey) {
  const auto phone = all_.join("room", "ann").first;
  const auto laptop = all_.join("room", "ann", 1).first;
  all_.join("hall", "ann");
  quiet();
  EXPECT_EQ(take(), (Told{"+room/ann", "+hall/ann"}));
  ASSERT_TRUE(phone.cast(Channel::Leave{}));
  quiet();
  EXPECT_EQ(take(), Told{});
  ASSERT_TRUE(laptop.cast(Channel::Leave{}));
  quiet();
  EXPECT_EQ(take(), Told{"-room/ann"});
  all_.join("room", "ann");
  quiet();
  EXPECT_EQ(take(), Told{"+room/ann"});
}

TEST_F(AttendanceTest, AnUpdateIsNoTransition) {
  const auto ann = all_.join("room", "ann").first;
  quiet();
  take();
  ASSERT_TRUE(ann.cast(Channel::Update{}));
  quiet();
  EXPECT_EQ(take(), Told{});
}

TEST_F(AttendanceTest, WhoComesAndGoesOrGoesAndComesWithinTheWindowIsNoTransition) {
  const auto ann = all_.join("room", "ann").first;
  world_.run();
  take();
  const auto bob = all_.join("room", "bob").first;
  ASSERT_TRUE(bob.cast(Channel::Leave{}));
  ASSERT_TRUE(ann.cast(Channel::Leave{}));
  world_.run();
  all_.join("room", "ann");
  quiet();
  EXPECT_EQ(take(), Told{});
}

TEST_F(AttendanceTest, ClientsHaveBeenToldBefore) {
  std::size_t published = 0;
  all_.attendance = std::make_shared<Attendance>(
      Attendance::Hooks{.first_joined = [&](const std::string&, const std::string&) {
        published = all_.published.size();
      }});
  world_.kill(all_.presence.pid());
  all_.start();
  all_.join("room", "ann");
  world_.run();
  EXPECT_EQ(published, 1U);
}

TEST_F(AttendanceTest, ARestartOfPresenceTellsNothingTwiceAndForgetsNothing) {
  all_.join("room", "ann");
  const auto bob = all_.join("room", "bob", 1).first;
  quiet();
  take();
  world_.kill(all_.presence.pid());
  world_.kill(bob.pid());
  all_.join("room", "eve", 1);
  world_.run();
  EXPECT_EQ(take(), Told{});
  all_.start(1);
  quiet();
  EXPECT_EQ(take(), (Told{"+room/eve", "-room/bob"}));
}

TEST_F(AttendanceTest, AHookThatThrowsIsNotCalledAgainAndTheOthersAre) {
  throws_ = true;
  all_.join("room", "ann");
  all_.join("room", "bob");
  quiet();
  EXPECT_EQ(told_.size(), 1U);
  all_.start();
  quiet();
  EXPECT_EQ(take(), (Told{"+room/ann", "+room/bob"}));
}

TEST_F(AttendanceTest, MembersOnOtherNodesCount) {
  Presences other(world_, "other");
  other.start(1);
  const auto there = other.join("room", "ann", 1).first;
  all_.join("room", "ann");
  other.join("room", "bob", 1);
  quiet();
  EXPECT_EQ(take(), Told{"+room/ann"});
  const auto hear = [&] {
    for (auto& delta : std::exchange(other.deltas, {})) {
      ASSERT_TRUE(all_.presence.cast(Presence::Merge{std::move(delta)}));
    }
    quiet();
  };
  hear();
  EXPECT_EQ(take(), Told{"+room/bob"});

  // A split, with a crash in it, and its end.
  ASSERT_TRUE(all_.presence.cast(Presence::NodeDown{"other"}));
  quiet();
  EXPECT_EQ(take(), Told{"-room/bob"});
  world_.kill(all_.presence.pid());
  all_.start();
  quiet();
  EXPECT_EQ(take(), Told{});
  ASSERT_TRUE(there.cast(Channel::Update{}));
  quiet();
  hear();
  EXPECT_EQ(take(), Told{"+room/bob"});

  ASSERT_TRUE(all_.presence.cast(Presence::NodeGone{"other"}));
  quiet();
  EXPECT_EQ(take(), Told{"-room/bob"});
}

TEST_F(AttendanceTest, ARestartOfPresenceForgetsNobodyOnOtherNodes) {
  Presences other(world_, "other");
  other.start(1);
  other.join("room", "bob", 1);
  quiet();
  for (auto& delta : std::exchange(other.deltas, {})) {
    ASSERT_TRUE(all_.presence.cast(Presence::Merge{std::move(delta)}));
  }
  quiet();
  EXPECT_EQ(take(), Told{"+room/bob"});
  world_.kill(all_.presence.pid());
  all_.start();
  quiet();
  EXPECT_EQ(take(), Told{});
  EXPECT_EQ(all_.list("room").at("room").size(), 1U);
}

}  // namespace
}  // namespace coppice::actors::presence
