#include "app/dashboard/admin_channel.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"
#include "app/admin/line_stream.hpp"
#include "app/dashboard/dashboard.hpp"
#include "app/dashboard/operator_right.hpp"
#include "net/channels/routes.hpp"
#include "net/channels/socket.hpp"
#include "net/http/response.hpp"
#include "net/http/route.hpp"

namespace coppice::app::dashboard {
namespace {

using actors::pubsub::Probe;
using net::channels::Socket;
using Strings = std::vector<std::string>;

class Sink final : public net::channels::FrameSink {
 public:
  void send(const net::websocket::Frame& frame) override { sent.emplace_back(frame.payload()); }
  Strings sent;
};

class AdminChannelTest : public testing::Test {
 protected:
  void start_dashboard() {
    actors::SpawnOptions options;
    options.place =
        world_.runtime().root()->child("dashboard", actors::Place::Kind::worker, "a worker");
    world_.spawn_with<Dashboard>(std::move(options), desk_);
  }

  /// @param operates_as  Empty for a client who may not.
  void connect(const std::string& operates_as) {
    rooms::Client client{{.hub = desk_->hub, .roster = nullptr, .connection = connection_.pid()},
                         "anon",
                         nullptr,
                         operates_as};
    net::channels::ChannelTable<rooms::Client> table;
    table.add<AdminChannel>("admin", desk_);
    socket_ =
        Socket::make(table.of(std::make_shared<const rooms::Client>(std::move(client))), sink_, {});
  }

  /// Sends a frame; returns what the client has been sent since the last look.
  Strings send(const std::string& event, const std::string& payload = "{}") {
    const auto frame = R"(["1","2","admin",")" + event + "\"," + payload + "]";
    in_connection([&] { EXPECT_TRUE(socket_->receive_text(frame)); });
    world_.run();
    return std::exchange(sink_->sent, {});
  }

  void in_connection(const std::function<void()>& what) {
    ASSERT_TRUE(world_.call(connection_, Probe::Run{[&](Probe&) { what(); }}));
  }

  static Strings refused(const std::string& reason) {
    return {R"(["1","2","admin","phx_reply",{"status":"error","response":{"reason":")" + reason +
            R"("}}])"};
  }

  actors::testkit::World world_{{.seed = {}}};
  DeskPtr desk_ = std::make_shared<Desk>(
      actors::pubsub::Hub::make(world_.runtime()),
      std::make_shared<admin::ActorControl>(world_.runtime(), true), "1.2.3");
  actors::Ref<Probe> connection_ = world_.spawn<Probe>();
  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  std::shared_ptr<Socket> socket_;
};

TEST_F(AdminChannelTest, RefusesWhoMayNot) {
  start_dashboard();
  connect("");
  EXPECT_EQ(send("phx_join"), refused("unauthorized"));
  EXPECT_EQ(desk_->watchers, 0);
}

TEST_F(AdminChannelTest, RefusesWhileThereIsNoDashboard) {
  connect("ada");
  EXPECT_EQ(send("phx_join"), refused("the dashboard is not there"));
}

TEST_F(AdminChannelTest, GivesTheOverviewAndPushesNewOnes) {
  start_dashboard();
  connect("ada");
  const auto joined = send("phx_join");
  ASSERT_EQ(joined.size(), 1);
  EXPECT_NE(joined[0].find(R"("status":"ok","response":{"version":"1.2.3")"), std::string::npos)
      << joined[0];
  EXPECT_EQ(desk_->watchers, 1);
  world_.advance(Dashboard::kInterval);
  const auto pushed = std::exchange(sink_->sent, {});
  ASSERT_EQ(pushed.size(), 1);
  EXPECT_TRUE(pushed[0].starts_with(R"([null,null,"admin","overview",{)")) << pushed[0];
  send("phx_leave");
  EXPECT_EQ(desk_->watchers, 0);
}

TEST_F(AdminChannelTest, StopsWatchingWithItsConnection) {
  start_dashboard();
  connect("ada");
  send("phx_join");
  in_connection([&] { socket_->disconnect(); });
  EXPECT_EQ(desk_->watchers, 0);
}

TEST_F(AdminChannelTest, AnswersQuestions) {
  start_dashboard();
  connect("ada");
  send("phx_join");
  const auto series = send("series", R"({"path":"/dashboard"})");
  ASSERT_EQ(series.size(), 1);
  EXPECT_NE(series[0].find(R"("rate":[0E0])"), std::string::npos) << series[0];
  EXPECT_NE(send("series", R"({"path":"/nobody"})").front().find("nothing is known of /nobody"),
            std::string::npos);
  EXPECT_NE(send("inspect", R"({"path":"/nobody"})").front().find("there is no actor at /nobody"),
            std::string::npos);
}

TEST_F(AdminChannelTest, SaysWhyAnOrderFails) {
  start_dashboard();
  connect("ada");
  send("phx_join");
  for (const auto* order : {"restart", "suspend", "resume"}) {
    const auto answer = send(order, R"({"path":"/nobody"})");
    ASSERT_EQ(answer.size(), 1) << order;
    EXPECT_NE(answer[0].find("there is no actor at /nobody"), std::string::npos) << answer[0];
    EXPECT_EQ(send(order, "{}"), refused("malformed payload")) << order;
  }
  EXPECT_EQ(send("explode"), refused("unknown event"));
}

TEST_F(AdminChannelTest, TakesOnlyWhatCanBeAPath) {
  start_dashboard();
  connect("ada");
  send("phx_join");
  const auto long_one = R"({"path":"/)" + std::string(1000, 'a') + R"("})";
  for (const auto& path : {std::string(R"({"path":""})"), std::string(R"({"path":"jobs"})"),
                           std::string(R"({"path":"/a\nb"})"), long_one}) {
    for (const auto* event : {"series", "inspect", "restart", "suspend", "resume"}) {
      EXPECT_EQ(send(event, path), refused("path must be that of an actor, as /database/writer"))
          << event << path;
    }
  }
}

TEST_F(AdminChannelTest, TakesAFewOrdersAndQuestionsAtOnce) {
  start_dashboard();
  connect("ada");
  send("phx_join");
  const auto ask = R"({"path":"/nobody"})";
  world_.hold_blocking_jobs(true);
  for (int n = 0; n < AdminChannel::kMostOrders; ++n) EXPECT_EQ(send("restart", ask), Strings{});
  for (int n = 0; n < AdminChannel::kMostLooks; ++n) EXPECT_EQ(send("inspect", ask), Strings{});
  EXPECT_EQ(send("restart", ask), refused("other orders are under way; try again"));
  EXPECT_EQ(send("inspect", ask), refused("busy"));
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(desk_->orders, 0);
  EXPECT_EQ(desk_->looks, 0);
}

/// The admin socket's routes that answer with what they were asked.
class RelayTest : public AdminChannelTest {
 protected:
  RelayTest() {
    desk_->operators = operators_;
    start_dashboard();
    connect("ada");
    send("phx_join");
  }

  static net::http::Response echo(const net::http::Request& request) {
    const auto text = parameters_text(request) + "/" + std::string(request.path_param("id"));
    return net::http::Response::json(net::http::Status::ok, R"({"asked":")" + text + R"("})");
  }
  static net::http::Response refuse(const net::http::Request& /*request*/) {
    return net::http::Response::error(net::http::Status::not_found, "there is none");
  }
  static net::http::Response lines(const net::http::Request& /*request*/) {
    return net::http::Response::of(net::http::Status::ok, admin::kLinesType,
                                   "{\"n\":1}\n{\"n\":2}\n");
  }

  static Strings answered(const std::string& json) {
    return {R"(["1","2","admin","phx_reply",{"status":"ok","response":)" + json + "}]"};
  }

  std::shared_ptr<const net::http::Router> operators_ =
      std::make_shared<const net::http::Router>(net::http::Routes{
          net::http::get("/v1/connections", echo), net::http::get("/v1/crashes/:id", echo),
          net::http::post("/v1/backups", echo),
          net::http::post("/v1/connections/disconnect", refuse), net::http::get("/v1/logs", lines),
          net::http::post("/v1/users", echo)});
};

TEST_F(RelayTest, HasTheAdminSocketsRoutesAnswer) {
  EXPECT_EQ(send("connections", R"({"user":7,"topic":"room:x","after":null})"),
            answered(R"({"asked":" user=7 topic=room:x/"})"));
  EXPECT_EQ(send("crash", R"({"id":12})"), answered(R"({"asked":"/12"})"));
  EXPECT_EQ(send("backup"), answered(R"({"asked":"/"})"));
  EXPECT_EQ(send("logs"), answered(R"({"lines":[{"n":1},{"n":2}]})"));
  EXPECT_EQ(desk_->relays, 0);
  EXPECT_EQ(desk_->orders, 0);
}

TEST_F(RelayTest, SaysWhyARequestIsRefused) {
  EXPECT_EQ(send("disconnect", R"({"id":"<0.1.1>"})"), refused("there is none"));
  EXPECT_EQ(send("connections", R"({"user":[]})"), refused("user must be text or a number"));
  EXPECT_EQ(send("connections", "[]"), refused("the payload is no object"));
  EXPECT_EQ(send("topics"), refused("not_found: the server has no such request"));
}

TEST_F(RelayTest, PassesOnNothingElse) {
  for (const auto* event : {"users", "/v1/users", "restore", "kill", "stop"}) {
    EXPECT_EQ(send(event), refused("unknown event")) << event;
  }
}

TEST_F(RelayTest, RefusesOnceTheServerHasNone) {
  operators_.reset();
  EXPECT_EQ(send("connections"), refused("busy"));
}

TEST(OperatorRight, IsAnAdministratorsBySession) {
  accounts::Principal ada;
  ada.user.id = 7;
  ada.user.email = "ada@example.com";
  ada.user.role = accounts::Role::admin;
  ada.session_hash = "hash";
  EXPECT_EQ(operator_right(&ada, false, false), "ada@example.com (user 7)");
  ada.user.role = accounts::Role::editor;
  EXPECT_EQ(operator_right(&ada, false, true), "");
  ada.user.role = accounts::Role::admin;
  ada.session_hash = "";
  EXPECT_EQ(operator_right(&ada, false, true), "") << "no token is good for it";
  EXPECT_EQ(operator_right(nullptr, false, true), "");
}

TEST(OperatorRight, IsThatOfProgramsOfThisMachineInDevelopment) {
  EXPECT_EQ(operator_right(nullptr, true, true), "a developer on this machine");
  EXPECT_EQ(operator_right(nullptr, true, false), "");
}

}  // namespace
}  // namespace coppice::app::dashboard
