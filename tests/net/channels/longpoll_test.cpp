#include "net/channels/longpoll.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "actors/use_task.hpp"
#include "net/channels/routes.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::net::channels {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Request;
using http::Response;
using http::Status;

class Echo final : public Channel {
 public:
  explicit Echo(Port port) : port_(std::move(port)) {}
  void on_join(Payload) override { port_.accept(); }
  void on_event(std::string, Payload payload, Reply reply) override { reply.ok(payload); }
  void on_end(EndReason) noexcept override {}

 private:
  Port port_;
};

Awaitable<actors::Result<Connected>> connect(std::shared_ptr<std::vector<ConnectInfo>> seen,
                                             ConnectInfo info) {
  seen->push_back(info);
  const auto token = info.params.get("token");
  if (token == "bad") co_return actors::fail(actors::Errc::unauthorized);
  if (token == "busy") co_return actors::fail(actors::Errc::overloaded);
  co_return Connected{.open = [](const Line&) {
    auto open = [](const std::string&, Port port) {
      return std::make_shared<Echo>(std::move(port));
    };
    return std::make_shared<TopicRoutes>(
        std::vector<TopicRoute>{{.pattern = "room:*", .open = open}});
  }};
}

/// Makes requests of the route, as the connection of a client would.
struct Visitor final : actors::Server<Visitor> {
  struct Ask {
    using Reply = std::shared_ptr<Response>;
    std::shared_ptr<const Request> request;
  };
  explicit Visitor(http::Route route) : route(std::move(route)) {}
  actors::Task<std::shared_ptr<Response>> handle(Ask ask) {
    const auto& handler = std::get<http::Handler>(route.action);
    auto response = co_await actors::run_awaitable(handler(ask.request));
    co_return std::make_shared<Response>(std::move(response));
  }
  http::Route route;
};

class LongPollRoute : public ::testing::Test {
 protected:
  LongPollRoute() {
    SocketOptions options;
    options.handshake.origins = OriginPolicy::host("example.com");
    options.handshake.auth_token = true;
    options.connect = std::bind_front(connect, seen_);
    polls_ = LongPolls::make(world_.runtime(), std::move(options), {.max_sessions = 3});
    supervisor::SupervisorSpec spec{.flags = {}, .children = {polls_->child("")}};
    EXPECT_TRUE(actors::spawn<supervisor::Supervisor>(
        world_.runtime(), {.place = world_.runtime().root()}, std::move(spec)));
  }

  Response ask(Request request) {
    const auto visitor = world_.spawn<Visitor>(longpoll_route("/socket/longpoll", polls_));
    const auto answer = world_.call(
        visitor, Visitor::Ask{std::make_shared<const Request>(std::move(request))}, 1min);
    return answer ? **answer : Response::empty(Status::internal_server_error);
  }

  static Request request(Method method, std::string_view query) {
    Request request;
    request.method = method;
    request.query = http::parse_query(query).value();
    return request;
  }

  std::string get(std::string_view query) {
    return std::string(ask(request(Method::get, query)).body.bytes());
  }

  std::string post(std::string_view query, std::string body) {
    auto posted = request(Method::post, query);
    posted.headers.add("content-type", "application/x-ndjson");
    posted.body = std::move(body);
    const auto response = ask(std::move(posted));
    return response.status == Status::ok
               ? std::string(response.body.bytes())
               : "HTTP " + std::to_string(std::to_underlying(response.status));
  }

  static std::string token_in(std::string_view json) {
    constexpr std::string_view kBefore = R"("token":")";
    const auto from = json.find(kBefore) + kBefore.size();
    return std::string(json.substr(from, json.find('"', from) - from));
  }

  std::string open(std::string_view query = "vsn=2.0.0") { return token_in(get(query)); }

  actors::testkit::World world_;
  std::shared_ptr<std::vector<ConnectInfo>> seen_ = std::make_shared<std::vector<ConnectInfo>>();
  std::shared_ptr<LongPolls> polls_;
};

TEST_F(LongPollRoute, OpensASessionAndServesIt) {
  const auto opened = get("user=1&vsn=2.0.0&");
  const auto token = token_in(opened);
  EXPECT_EQ(opened, R"({"status":410,"token":")" + token + R"(","messages":[]})");
  const auto query = "vsn=2.0.0&token=" + token;
  EXPECT_EQ(post(query, R"(["1","1","room:a","phx_join",{}])"), R"({"status":200})");
  EXPECT_EQ(get(query), R"({"status":200,"token":")" + token +
                            R"(","messages":["[\"1\",\"1\",\"room:a\",\"phx_reply\",)"
                            R"({\"status\":\"ok\",\"response\":{}}]"]})");
  EXPECT_EQ(get(query), R"({"status":204,"token":")" + token + R"(","messages":[]})");
}

TEST_F(LongPollRoute, AnswersWithItsHeaders) {
  const auto response = ask(request(Method::get, "vsn=2.0.0"));
  EXPECT_EQ(response.status, Status::ok);
  EXPECT_EQ(response.headers.get("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(response.headers.get("cache-control"), "no-store");
  EXPECT_EQ(response.headers.get("access-control-allow-origin"), "*");
}

TEST_F(LongPollRoute, AnswersPreflightsAndRefusesOtherMethods) {
  auto preflight = request(Method::options, "");
  preflight.headers.add("access-control-request-headers", "content-type,x-phoenix-authtoken");
  const auto allowed = ask(std::move(preflight));
  EXPECT_EQ(allowed.status, Status::ok);
  EXPECT_TRUE(allowed.body.empty());
  EXPECT_EQ(allowed.headers.get("access-control-allow-headers"),
            "content-type,x-phoenix-authtoken");
  EXPECT_EQ(allowed.headers.get("access-control-allow-methods"), "get, post, options");
  EXPECT_EQ(allowed.headers.get("access-control-max-age"), "3600");
  for (const auto method : {Method::put, Method::patch, Method::del, Method::head}) {
    const auto refused = ask(request(method, ""));
    EXPECT_EQ(refused.status, Status::bad_request);
    EXPECT_TRUE(refused.body.empty());
  }
}

TEST_F(LongPollRoute, RefusesInTheEnvelope) {
  constexpr auto* kRefused = R"({"status":403})";
  EXPECT_EQ(get("vsn=3.0.0"), kRefused);
  EXPECT_EQ(get("token=bad&vsn=2.0.0"), kRefused);
  auto strange = request(Method::get, "vsn=2.0.0");
  strange.headers.add("origin", "https://evil.org");
  EXPECT_EQ(ask(strange).body, kRefused);
  strange.method = Method::post;
  EXPECT_EQ(ask(strange).body, kRefused);
  EXPECT_EQ(polls_->stats().begun, 0U);
}

TEST_F(LongPollRoute, SaysSoWhenTheFailureIsItsOwn) {
  EXPECT_EQ(ask(request(Method::get, "token=busy&vsn=2.0.0")).status, Status::service_unavailable);
}

TEST_F(LongPollRoute, BoundsTheSessions) {
  for (int i = 0; i < 3; ++i) open();
  EXPECT_EQ(polls_->stats().open, 3U);
  EXPECT_EQ(ask(request(Method::get, "vsn=2.0.0")).status, Status::service_unavailable);
  world_.advance(30s);
  EXPECT_EQ(polls_->stats().open, 0U);
  EXPECT_NE(open(), "");
}

TEST_F(LongPollRoute, HasNoSessionForATokenThatItDidNotMake) {
  auto token = open();
  token.back() = token.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(post("vsn=2.0.0&token=" + token, "[]"), R"({"status":410})");
  const auto again = get("vsn=2.0.0&token=" + token);
  EXPECT_TRUE(again.starts_with(R"({"status":410,"token":")"));
  EXPECT_NE(token_in(again), token);
  EXPECT_EQ(polls_->stats().open, 2U);
}

TEST_F(LongPollRoute, BeginsASessionForADeadTokenOfAnyShape) {
  for (const auto* dead : {"bad", "SFMyNTY.g2gDaAJhAnQ.x_-", "%20"}) {
    const auto opened = get(std::string("vsn=2.0.0&token=") + dead);
    ASSERT_TRUE(opened.starts_with(R"({"status":410,"token":")")) << dead << opened;
    const auto query = "vsn=2.0.0&token=" + token_in(opened);
    EXPECT_EQ(post(query, R"([null,"1","phoenix","heartbeat",{}])"), R"({"status":200})");
    EXPECT_TRUE(get(query).starts_with(R"({"status":200,)"));
  }
}

TEST_F(LongPollRoute, TakesTheTokenFromTheHeaderFirst) {
  const auto token = open();
  auto polled = request(Method::get, "vsn=2.0.0&token=other");
  polled.headers.add("x-phoenix-longpoll-token", token);
  EXPECT_EQ(token_in(ask(std::move(polled)).body.bytes()), token);
}

TEST_F(LongPollRoute, TellsTheApplicationsTokenFromItsOwn) {
  const auto first = open("token=mine&vsn=2.0.0");
  EXPECT_EQ(seen_->back().params.get("token"), "mine");
  world_.advance(30s);
  open("token=mine&vsn=2.0.0&token=" + first);
  EXPECT_EQ(seen_->back().params.get("token"), "mine");
  open("vsn=2.0.0&token=" + first);
  EXPECT_FALSE(seen_->back().params.get("token"));
}

TEST_F(LongPollRoute, TellsTheApplicationsTokenFromOneThatAnotherServerMade) {
  open("token=mine&vsn=2.0.0&token=SFMyNTY.g2gDaAJhAnQ.x_-");
  EXPECT_EQ(seen_->back().params.get("token"), "mine");
  open("token=" + std::string(43, 'a') + "&vsn=2.0.0");
  EXPECT_FALSE(seen_->back().params.get("token"));
}

TEST_F(LongPollRoute, LooksAtCredentialsOnlyWhenASessionBegins) {
  const auto token = open();
  auto polled = request(Method::get, "token=bad&vsn=2.0.0&token=" + token);
  polled.headers.add("x-phoenix-authtoken", "bad");
  EXPECT_EQ(ask(polled).body, R"({"status":204,"token":")" + token + R"(","messages":[]})");
  EXPECT_EQ(seen_->size(), 1U);
}

TEST_F(LongPollRoute, ShowsTheApplicationTheTokenOfTheHeader) {
  auto polled = request(Method::get, "vsn=2.0.0");
  polled.headers.add("x-phoenix-authtoken", "mine");
  ask(std::move(polled));
  EXPECT_EQ(seen_->back().auth_token, "mine");
}

TEST_F(LongPollRoute, EndsASessionWithAMalformedFrameAtOnce) {
  const auto query = "vsn=2.0.0&token=" + open();
  EXPECT_EQ(post(query, "[]"), R"({"status":400})");
  EXPECT_EQ(post(query, "[]"), R"({"status":410})");
}

TEST_F(LongPollRoute, KeepsASessionWhoseBodyCannotBeRead) {
  const auto query = "vsn=2.0.0&token=" + open();
  EXPECT_EQ(post(query, "neither!"), "HTTP 400");
  EXPECT_EQ(post(query, "[null,\"1\",\"phoenix\",\"heartbeat\",\"\xFF\"]"), "HTTP 400");
  auto plain = request(Method::post, query);
  plain.body = "[null,\"1\",\"phoenix\",\"heartbeat\",\"\xFF\"]";
  EXPECT_EQ(ask(std::move(plain)).status, Status::bad_request);
  EXPECT_EQ(post(query, R"([null,"1","phoenix","heartbeat",{}])"), R"({"status":200})");
}

TEST_F(LongPollRoute, SpeaksVersionOneWithAPlainBody) {
  const auto query = "token=" + open("");
  auto posted = request(Method::post, query);
  posted.body = R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})";
  EXPECT_EQ(ask(std::move(posted)).body, R"({"status":200})");
  EXPECT_NE(get(query).find(R"(\"ref\":\"1\")"), std::string::npos);
}

TEST_F(LongPollRoute, BeginsNoSessionWhileItDrains) {
  const auto query = "vsn=2.0.0&token=" + open();
  polls_->drain();
  world_.advance(1s);
  EXPECT_EQ(polls_->stats().open, 0U);
  EXPECT_EQ(ask(request(Method::get, query)).status, Status::service_unavailable);
}

TEST_F(LongPollRoute, SurvivesACrashOfItsSupervisor) {
  const auto token = open();
  world_.kill(world_.runtime().root()->find("/polls")->pid());
  world_.run();
  EXPECT_EQ(polls_->stats().open, 0U);
  EXPECT_TRUE(get("vsn=2.0.0&token=" + token).starts_with(R"({"status":410)"));
}

}  // namespace
}  // namespace coppice::net::channels
