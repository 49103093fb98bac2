#include "app/admin/work.hpp"

#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "app/admin/told_crashes.hpp"
#include "app/log_scope.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Request;
using net::http::Response;
using net::http::Status;

class WorkTest : public testing::Test {
 protected:
  WorkTest() {
    request_.method = net::http::Method::post;
    request_.path = "/v1/crashes/17";
    request_.route = &route_;
  }

  /// The answer, once it is there.
  static Response wait_for(net::Awaitable<Response> under_way) {
    boost::asio::io_context io;
    Response out;
    boost::asio::co_spawn(io.get_executor(), std::move(under_way),
                          [&out](const std::exception_ptr& failure, Response response) {
                            EXPECT_EQ(failure, nullptr);
                            out = std::move(response);
                          });
    io.run();
    return out;
  }

  const net::http::Route route_ =
      net::http::post("/v1/crashes/:id", [](const Request& /*request*/) { return Response(); });
  Request request_;
  actors::Runtime runtime_{{.shards = 1}};
  ToldCrashes told_{runtime_};
  Work work_{std::make_shared<crashes::PartCrashes>(runtime_, "admin handler", "request")};
};

TEST_F(WorkTest, AnswersWhatTheJobAnswers) {
  const auto response = wait_for(work_.look(request_, [] { return done({}); }));
  EXPECT_EQ(response.status, Status::ok);
  EXPECT_TRUE(told_.all().empty());
}

TEST_F(WorkTest, TellsOfWhatAJobThrowsAsACrashOfItsHandler) {
  const auto boom = []() -> Response { throw std::runtime_error("boom"); };
  const auto look = wait_for(work_.look(request_, boom));
  const auto order = wait_for(work_.order(request_, boom));
  for (const auto* response : {&look, &order}) {
    EXPECT_EQ(response->status, Status::internal_server_error);
    EXPECT_NE(response->body.bytes().find("boom"), std::string::npos);
  }
  const auto told = told_.all();
  ASSERT_EQ(told.size(), 2U);
  for (const auto& crash : told) {
    EXPECT_EQ(crash.path, "POST /v1/crashes/:id");
    EXPECT_EQ(crash.part, "admin handler");
    EXPECT_NE(crash.reason.find("boom"), std::string::npos);
  }
}

TEST_F(WorkTest, LogsWhatAJobSaysAsOfItsRequest) {
  request_.id = "abcdefgh";
  std::string logged;
  std::ignore = wait_for(work_.look(request_, [&logged] {
    logged = LogScope::current().request_id;
    return done({});
  }));
  EXPECT_EQ(logged, "abcdefgh");
}

TEST_F(WorkTest, TellsOfWhatIsNoException) {
  const auto response = wait_for(work_.look(request_, []() -> Response { throw 7; }));
  EXPECT_EQ(response.status, Status::internal_server_error);
  EXPECT_EQ(told_.all().size(), 1U);
}

TEST_F(WorkTest, TellsOfWhatIsThrownLater) {
  work_.later("POST /v1/trace", [] { throw std::runtime_error("boom"); });
  ASSERT_TRUE(told_.wait_for_one());
  EXPECT_EQ(told_.all().front().path, "POST /v1/trace");
}

TEST_F(WorkTest, LooksAndTakesOrdersWhileAllQuestionsWaitForTheirAnswers) {
  std::promise<void> answer;
  const std::shared_future<void> come = answer.get_future();
  boost::asio::io_context io;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < Work::kMaxQuestions; ++i) {
    auto waiting = work_.question(request_, [come] {
      come.wait();
      return done({});
    });
    boost::asio::co_spawn(io.get_executor(), std::move(waiting),
                          [&answered](const std::exception_ptr& failure, const Response& response) {
                            EXPECT_EQ(failure, nullptr);
                            EXPECT_EQ(response.status, Status::ok);
                            ++answered;
                          });
  }
  io.poll();  // until each has begun
  const auto nothing = [] { return done({}); };
  EXPECT_EQ(wait_for(work_.question(request_, nothing)).status, Status::service_unavailable);
  EXPECT_EQ(wait_for(work_.look(request_, nothing)).status, Status::ok);
  EXPECT_EQ(wait_for(work_.order(request_, nothing)).status, Status::ok);
  answer.set_value();
  io.run();
  EXPECT_EQ(answered, Work::kMaxQuestions);
}

}  // namespace
}  // namespace coppice::app::admin
