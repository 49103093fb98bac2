#include "app/cluster/nats_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coppice::app::cluster {
namespace {

using testing::HasSubstr;
using testing::Not;

NatsConfig config(std::vector<std::string> nodes) {
  return {.folder = "/tmp/here",
          .token = "token",
          .listen_address = "::",
          .port = 6222,
          .cluster = "coppice-x",
          .password = "secret",
          .nodes = std::move(nodes)};
}

TEST(NatsConfigTest, ListensForClientsOnThisMachineOnly) {
  EXPECT_THAT(to_text(config({})), HasSubstr("listen: \"127.0.0.1:-1\""));
}

TEST(NatsConfigTest, ListensForOtherServersWhereItIsTold) {
  EXPECT_THAT(to_text(config({})), HasSubstr("listen: \"[::]:6222\""));
  auto other = config({});
  other.listen_address = "10.0.0.1";
  EXPECT_THAT(to_text(other), HasSubstr("listen: \"10.0.0.1:6222\""));
}

TEST(NatsConfigTest, NodesHaveThePortOfThisOneUnlessTheySayAnother) {
  const auto text = to_text(config({"10.0.0.5", "fdaa::3", "[fdaa::4]:7000", "b.internal:7001"}));
  EXPECT_THAT(text, HasSubstr("@10.0.0.5:6222\""));
  EXPECT_THAT(text, HasSubstr("@[fdaa::3]:6222\""));
  EXPECT_THAT(text, HasSubstr("@[fdaa::4]:7000\""));
  EXPECT_THAT(text, HasSubstr("@b.internal:7001\""));
}

TEST(NatsConfigTest, HasRoutesThatWereCutFoundOutInSeconds) {
  EXPECT_THAT(to_text(config({})), HasSubstr("ping_interval: \"2s\"\nping_max: 2\n"));
}

TEST(NatsLineTest, HasALevelAndAText) {
  const auto line = parse_nats_line("[23454] [ERR] Error trying to connect to route");
  EXPECT_EQ(line.level, 'E');
  EXPECT_EQ(line.text, "Error trying to connect to route");
}

TEST(NatsLineTest, OneOfAnotherFormIsAWarning) {
  for (const auto* text : {"", "nats-server: open: no such file", "[1] [", "[1] [INF"}) {
    EXPECT_EQ(parse_nats_line(text).level, 'W') << text;
    EXPECT_EQ(parse_nats_line(text).text, text);
  }
}

TEST(NatsLineTest, IsShownWithoutPasswords) {
  EXPECT_EQ(without_passwords("Removed route nats://coppice:secret@10.0.0.5:6222 and "
                              "nats://a:b@[::1]:6222/ now"),
            "Removed route nats://[…]@10.0.0.5:6222 and nats://[…]@[::1]:6222/ now");
  EXPECT_EQ(without_passwords("at nats://127.0.0.1:4222 by ann@example.com"),
            "at nats://127.0.0.1:4222 by ann@example.com");
  EXPECT_EQ(without_passwords("nats://"), "nats://");
  EXPECT_EQ(without_passwords(""), "");
}

TEST(NatsServerTest, WritesItsConfigurationAnewWhereSomebodyHasTidiedUp) {
  NatsServer server({.nats_server = "nats-server", .node_name = "a"}, Seal(std::string(64, 's')));
  ASSERT_TRUE(server.write({"10.0.0.1"}));
  EXPECT_EQ(server.nodes(), std::vector<std::string>{"10.0.0.1"});
  std::filesystem::remove_all(server.folder());
  ASSERT_TRUE(server.write({"10.0.0.2"}));
  EXPECT_EQ(std::filesystem::status(server.folder()).permissions(),
            std::filesystem::perms::owner_all);
}

TEST(NatsServerTest, LeavesNoFolderBehind) {
  std::filesystem::path folder;
  {
    NatsServer server({.nats_server = "nats-server", .node_name = "a"}, Seal(std::string(64, 's')));
    ASSERT_TRUE(server.write({}));
    folder = server.folder();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(NatsServerTest, SaysThatItHasNotSaidWhereItIs) {
  const NatsServer server({.nats_server = "nats-server", .node_name = "a"},
                          Seal(std::string(64, 's')));
  const auto address = server.address();
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().code, actors::Errc::unavailable);
}

}  // namespace
}  // namespace coppice::app::cluster
