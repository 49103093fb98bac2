#include "app/rooms/disconnects.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"
#include "app/rooms/realtime.hpp"

namespace coppice::app::rooms {
namespace {

using actors::pubsub::Probe;

TEST(Disconnects, ReachTheUsersSocketsAndNothingElseDoes) {
  actors::testkit::World world;
  const auto hub = actors::pubsub::Hub::make(world.runtime());
  Disconnects disconnects(hub);
  const auto socket = world.spawn<Probe>();
  int told = 0;
  ASSERT_TRUE(world.call(socket, Probe::Run{[&](Probe& probe) {
                           probe.subscriptions.push_back(
                               disconnects.listen(7, probe.me().pid(), [&told] { ++told; }));
                         }}));
  for (const auto* event : {"shout", "phx_close", "Disconnect"}) {
    hub->broadcast("users_socket:7", std::make_shared<const TopicBroadcast>(
                                         "users_socket:7", event, net::channels::Payload()));
  }
  disconnects.disconnect(8);
  world.run();
  EXPECT_EQ(told, 0);
  disconnects.disconnect(7);
  world.run();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace coppice::app::rooms
