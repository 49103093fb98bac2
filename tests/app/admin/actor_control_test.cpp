#include "app/admin/actor_control.hpp"

#include <memory>
#include <string>
#include <string_view>

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
    const auto tree = boost::json::parse(control_.tree());
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

TEST_F(ActorControlTest, CutsALongReasonInTheTreeAlone) {
  const auto actor = spawn();
  world_.runtime().crash(actor.pid(), std::string(5000, 'x'));
  world_.run();
  EXPECT_LT(crash_in_tree().at("reason").as_string().size(), 1100U);
  EXPECT_GT(inspect("/chatty").at("last_crash").at("reason").as_string().size(), 5000U);
}

}  // namespace
}  // namespace coppice::app::admin
