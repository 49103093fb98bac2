#include "app/admin/admin_actor.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "actors/spawn.hpp"
#include "app/admin/told_crashes.hpp"
#include "app/cli/admin_client.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Request;
using net::http::Response;

class AdminActorTest : public testing::Test {
 protected:
  AdminActorTest() {
    const auto throws = [](const Request& /*request*/) -> Response {
      throw std::runtime_error("boom");
    };
    auto router = std::make_shared<const net::http::Router>(
        net::http::Routes{net::http::get("/v1/things/:id", throws)});
    auto crashes = std::make_shared<crashes::PartCrashes>(runtime_, "admin handler", "request");
    admin_ = actors::spawn<AdminActor>(runtime_, {.placement = actors::Placement::own_thread()},
                                       socket_, std::move(router), std::move(crashes))
                 .value()
                 .pid();
  }

  ~AdminActorTest() override {
    std::ignore = runtime_.stop(admin_, actors::ExitReason::shutdown(), std::chrono::seconds(10));
  }

  const db::TemporaryDirectory directory_;
  const std::string socket_ = directory_ / "admin.sock";
  actors::Runtime runtime_{{.shards = 1}};
  ToldCrashes told_{runtime_};
  actors::Pid admin_;
};

TEST_F(AdminActorTest, TellsOfWhatAHandlerThrows) {
  const auto answer = cli::AdminClient(socket_).get("/v1/things/17");
  ASSERT_FALSE(answer);
  const auto told = told_.all();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].path, "GET /v1/things/:id");
  EXPECT_EQ(told[0].part, "admin handler");
  EXPECT_NE(told[0].reason.find("boom"), std::string::npos);
}

}  // namespace
}  // namespace coppice::app::admin
