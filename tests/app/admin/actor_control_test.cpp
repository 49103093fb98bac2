#include "app/admin/actor_control.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::app::admin {
namespace {

using actors::Place;

constexpr std::string_view kOfAClient =
    "ann\n\x1b"
    "c\xff"
    "d";

/// Says of itself what a client has said.
class Chatty final : public actors::Server<Chatty> {
 public:
  [[nodiscard]] std::string describe() const override { return std::string(kOfAClient); }
};

/// Is linked to one actor and monitors another.
class Acquaintance final : public actors::Server<Acquaintance> {
 public:
  Acquaintance(actors::Pid linked, actors::Pid monitored)
      : linked_(linked), monitored_(monitored) {}
  void init() {
    link(linked_);
    monitor(monitored_);
  }

 private:
  const actors::Pid linked_;
  const actors::Pid monitored_;
};

class ActorControlTest : public testing::Test {
 protected:
  actors::Ref<Chatty> spawn() {
    actors::SpawnOptions options;
    options.place = world_.runtime().root()->child("chatty", Place::Kind::worker, "a worker");
    return world_.spawn_with<Chatty>(std::move(options));
  }

  boost::json::value inspect(const std::string& path) {
    return boost::json::parse(control_.inspect(path).value());
  }

  boost::json::value crash_in_tree() {
    const auto tree = boost::json::parse(control_.tree(supervisor::DynamicChildren::walked));
    return tree.at("children").at(0).at("last_crash");
  }

  actors::testkit::World world_{{.seed = {}}};
  ActorControl control_{world_.runtime(), true};
};

TEST_F(ActorControlTest, CleansWhatAnActorSaysOfItself) {
  spawn();
  EXPECT_EQ(inspect("/chatty").at("describes_itself").as_string(), "ann\n?c?d");
}

TEST_F(ActorControlTest, CleansTheLastCrash) {
  const auto actor = spawn();
  world_.runtime().crash(actor.pid(), std::string(kOfAClient));
  world_.run();
  const auto crash = inspect("/chatty").at("last_crash");
  EXPECT_EQ(crash.at("reason").as_string(), "error(std::runtime_error: ann\n?c?d)");
  EXPECT_EQ(crash.at("state").as_string(), "ann\n?c?d");
}

TEST_F(ActorControlTest, HasTheReasonOfACrashInALineOfTheTree) {
  const auto actor = spawn();
  world_.runtime().crash(actor.pid(), std::string(kOfAClient));
  world_.run();
  EXPECT_EQ(crash_in_tree().at("reason").as_string(), "error(std::runtime_error: ann??c?d)");
}

TEST_F(ActorControlTest, CountsTheChildrenOfDynamicSupervisorsWhereThatIsEnough) {
  const auto root = world_.runtime().root();
  const auto dynamic = root->child("dynamic", Place::Kind::dynamic_supervisor, "");
  const auto fixed = root->child("fixed", Place::Kind::supervisor, "");
  dynamic->add_child("a", Place::Kind::worker, "");
  dynamic->add_child("b", Place::Kind::worker, "");
  fixed->add_child("c", Place::Kind::worker, "");
  const auto counted = boost::json::parse(control_.tree(supervisor::DynamicChildren::counted));
  const auto& folded = counted.at("children").at(0).as_object();
  EXPECT_EQ(folded.at("children_count"), 2);
  EXPECT_FALSE(folded.contains("children"));
  const auto& open = counted.at("children").at(1).as_object();
  EXPECT_EQ(open.at("children").as_array().size(), 1U);
  EXPECT_FALSE(open.contains("children_count"));
  const auto all = boost::json::parse(control_.tree(supervisor::DynamicChildren::walked));
  EXPECT_EQ(all.at("children").at(0).at("children").as_array().size(), 2U);
  EXPECT_FALSE(all.at("children").at(0).as_object().contains("children_count"));
}

TEST_F(ActorControlTest, SaysWhereThoseLiveWhomAnActorKnows) {
  const auto chatty = spawn();
  const auto elsewhere = world_.spawn<Chatty>();
  actors::SpawnOptions options;
  options.place = world_.runtime().root()->child("knows", Place::Kind::worker, "a worker");
  const auto knows =
      world_.spawn_with<Acquaintance>(std::move(options), chatty.pid(), elsewhere.pid());
  const auto actor = inspect("/knows");
  EXPECT_EQ(actor.at("links"), (boost::json::array{boost::json::object{
                                   {"pid", to_string(chatty.pid())}, {"path", "/chatty"}}}));
  EXPECT_EQ(actor.at("monitors"),
            (boost::json::array{boost::json::object{{"pid", to_string(elsewhere.pid())}}}));
  EXPECT_EQ(inspect("/chatty").at("links").at(0).at("path").as_string(), "/knows");
  EXPECT_EQ(inspect("/chatty").at("links").at(0).at("pid").as_string(), to_string(knows.pid()));
}

TEST_F(ActorControlTest, InspectsByThePidOfWhoLivesInAPlace) {
  const auto chatty = spawn();
  const auto elsewhere = world_.spawn<Chatty>();
  EXPECT_EQ(inspect(to_string(chatty.pid())).at("path").as_string(), "/chatty");
  EXPECT_EQ(control_.inspect(to_string(elsewhere.pid())).error(), actors::Errc::not_found);
  EXPECT_EQ(control_.inspect("<0.x>").error(), actors::Errc::invalid_argument);
}

TEST_F(ActorControlTest, ShowsTheCrashesOfAPlaceThatTheLedgerHas) {
  spawn();
  EXPECT_FALSE(inspect("/chatty").as_object().contains("crashes"));
  const ActorControl control(world_.runtime(), true, [](const std::string& path) {
    crashes::KeptCrash kept{.id = 7, .crash = {}};
    kept.crash.path = path;
    kept.crash.stack = "f\ng\n";
    return actors::Result<std::vector<crashes::KeptCrash>>({kept});
  });
  const auto actor = boost::json::parse(control.inspect("/chatty").value());
  ASSERT_EQ(actor.at("crashes").as_array().size(), 1U);
  const auto& crash = actor.at("crashes").at(0);
  EXPECT_EQ(crash.at("id"), 7);
  EXPECT_EQ(crash.at("path").as_string(), "/chatty");
  EXPECT_EQ(crash.at("stack").as_string(), "f\ng\n");
}

TEST_F(ActorControlTest, SaysWhyTheLedgerCannotBeRead) {
  spawn();
  const ActorControl control(
      world_.runtime(), true,
      [](const std::string& /*path*/) -> actors::Result<std::vector<crashes::KeptCrash>> {
        return actors::fail(actors::Errc::unsupported, "no ledger yet");
      });
  const auto actor = boost::json::parse(control.inspect("/chatty").value());
  EXPECT_FALSE(actor.as_object().contains("crashes"));
  EXPECT_NE(actor.at("crashes_unread").as_string().find("no ledger yet"), std::string::npos);
}

TEST_F(ActorControlTest, CutsALongReasonInTheTreeAlone) {
  const auto actor = spawn();
  world_.runtime().crash(actor.pid(), std::string(5000, 'x'));
  world_.run();
  EXPECT_LT(crash_in_tree().at("reason").as_string().size(), 1100U);
  EXPECT_GT(inspect("/chatty").at("last_crash").at("reason").as_string().size(), 5000U);
}

}  // namespace
}  // namespace coppice::app::admin
