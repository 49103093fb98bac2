#include "app/http/read_your_writes.hpp"

#include <map>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using db::Arrival;
using db::Position;
using net::Awaitable;
using net::http::Method;
using net::http::Plug;
using net::http::Request;
using net::http::Response;
using net::http::Status;

class ReadYourWritesTest : public testing::Test {
 protected:
  using Headers = std::map<std::string, std::string>;

  /// What a request with these headers is answered, by the handler with @p answer.
  Response pass(const Headers& headers, Method method = Method::get,
                Response answer = Response::text(Status::ok, "ok")) {
    auto request = std::make_shared<Request>();
    request->method = method;
    for (const auto& [name, value] : headers) request->headers.add(name, value);
    return send(request, std::move(answer));
  }

  Response send(const std::shared_ptr<Request>& request,
                Response answer = Response::text(Status::ok, "ok")) {
    const auto plug =
        read_your_writes({.written = [this] { return written_; },
                          .wait = [this](Position position) { return come_to(this, position); }},
                         options_);
    boost::asio::io_context io;
    auto passing = std::get<Plug::AwaitedBefore>(plug.before)(request);
    const auto take = [&answer](const std::exception_ptr&, std::optional<Response> early) {
      if (early) answer = *std::move(early);
    };
    boost::asio::co_spawn(io.get_executor(), std::move(passing), take);
    io.run();
    plug.after(*request, answer);
    return answer;
  }

  static Awaitable<Arrival> come_to(ReadYourWritesTest* self, Position position) {
    self->asked_ = position;
    co_return self->arrival_;
  }

  void let_the_primary_answer(const std::optional<PrimarysAnswer>& answer) {
    options_.ask_primary = [answer](const net::http::RequestPtr&, Position) {
      return answered(answer);
    };
  }
  static Awaitable<std::optional<PrimarysAnswer>> answered(std::optional<PrimarysAnswer> answer) {
    co_return answer;
  }
  static PrimarysAnswer by_the_primary(Arrival arrival = Arrival::here) {
    return {Response::text(Status::ok, "the primary's"), arrival};
  }

  static std::string read_of(const Response& response) {
    return std::string(response.headers.get(kReadHeader).value_or("none"));
  }

  ReadYourWritesOptions options_;
  Position written_{7, 9};
  Position asked_;
  Arrival arrival_ = Arrival::here;
};

TEST_F(ReadYourWritesTest, WaitsForNothingWithoutAPosition) {
  const auto answer = pass({});
  EXPECT_EQ(asked_, Position());
  EXPECT_EQ(read_of(answer), "none");
  EXPECT_FALSE(answer.headers.contains("vary"));
}

TEST_F(ReadYourWritesTest, SaysHowTheReadWasAnswered) {
  const std::map<Arrival, std::string> outcomes = {{Arrival::here, "current"},
                                                   {Arrival::arrived, "waited"},
                                                   {Arrival::superseded, "superseded"},
                                                   {Arrival::missing, "behind"}};
  for (const auto& [arrival, outcome] : outcomes) {
    arrival_ = arrival;
    EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}})), outcome);
    EXPECT_EQ(asked_, Position(7, 9));
  }
}

TEST_F(ReadYourWritesTest, TakesThePositionOfTheCookieWithoutAHeader) {
  EXPECT_EQ(read_of(pass({{"cookie", "a=b; coppice_position=7.8"}})), "current");
  EXPECT_EQ(asked_, Position(7, 8));
  pass({{"cookie", "coppice_position=7.8"}, {"coppice-position", "7.9"}});
  EXPECT_EQ(asked_, Position(7, 9));
}

TEST_F(ReadYourWritesTest, SaysWhatTheAnswerDependsOn) {
  EXPECT_EQ(pass({{"coppice-position", "7.9"}}).headers.get("vary"), "coppice-position");
  EXPECT_EQ(pass({{"cookie", "coppice_position=7.9"}}).headers.get("vary"), "cookie");
}

TEST_F(ReadYourWritesTest, LeavesNothingInWhatAnybodyMayKeep) {
  auto image = Response::text(Status::ok, "…");
  image.headers.add("cache-control", "public, max-age=604800");
  const auto answer = pass({{"coppice-position", "7.9"}}, Method::get, std::move(image));
  EXPECT_EQ(read_of(answer), "none");
  EXPECT_FALSE(answer.headers.contains("vary"));
}

TEST_F(ReadYourWritesTest, RefusesAMalformedHeaderAndIgnoresAMalformedCookie) {
  EXPECT_EQ(pass({{"coppice-position", "7-9"}}).status, Status::bad_request);
  EXPECT_EQ(pass({{"cookie", "coppice_position=7-9"}}).status, Status::ok);
  EXPECT_EQ(asked_, Position());
}

TEST_F(ReadYourWritesTest, TakesAParameterOfASocket) {
  auto request = std::make_shared<Request>();
  request->query.put("position", std::string("7.9"));
  send(request);
  EXPECT_EQ(asked_, Position());
  options_.for_sockets = true;
  send(request);
  EXPECT_EQ(asked_, Position(7, 9));
}

TEST_F(ReadYourWritesTest, DoesNotWaitForASocketThatHasBegun) {
  options_.for_sockets = true;
  options_.goes_on = [](const Request& request) {
    return request.query.get("goes_on").has_value();
  };
  auto later = std::make_shared<Request>();
  later->query.put("position", std::string("7.9"));
  later->query.put("goes_on", std::string("1"));
  send(later);
  EXPECT_EQ(asked_, Position());
  auto first = std::make_shared<Request>();
  first->query.put("position", std::string("7.9"));
  send(first);
  EXPECT_EQ(asked_, Position(7, 9));
}

TEST_F(ReadYourWritesTest, HandsOutNothingToASocket) {
  options_.for_sockets = true;
  EXPECT_FALSE(pass({}, Method::post).headers.contains("set-cookie"));
}

TEST_F(ReadYourWritesTest, HasThePrimaryAnswerWhatHasNotArrived) {
  let_the_primary_answer(by_the_primary());
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}})), "current");
  arrival_ = Arrival::missing;
  const auto answer = pass({{"coppice-position", "7.9"}});
  EXPECT_EQ(read_of(answer), "forwarded");
  EXPECT_TRUE(answer.body == "the primary's");
}

TEST_F(ReadYourWritesTest, SaysWhenThePrimaryMayHaveLostIt) {
  let_the_primary_answer(by_the_primary(Arrival::superseded));
  arrival_ = Arrival::missing;
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}})), "superseded");
}

TEST_F(ReadYourWritesTest, AnswersByItselfWhenThePrimaryDoesNot) {
  let_the_primary_answer(std::nullopt);
  arrival_ = Arrival::missing;
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}})), "behind");
}

TEST_F(ReadYourWritesTest, AsksThePrimaryForReadsAlone) {
  let_the_primary_answer(by_the_primary());
  arrival_ = Arrival::missing;
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}}, Method::patch)), "behind");
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}}, Method::head)), "forwarded");
}

TEST_F(ReadYourWritesTest, AnswersAnotherNodeHereAndNow) {
  auto request = std::make_shared<Request>();
  request->headers.add("coppice-position", "7.9");
  request->assigns.set(AskedByNode{});
  EXPECT_EQ(read_of(send(request)), "none");
  EXPECT_EQ(asked_, Position());
}

TEST_F(ReadYourWritesTest, LeavesWhatIsHandedOutToTheNodeThatAsked) {
  auto request = std::make_shared<Request>();
  request->assigns.set(AskedByNode{});
  auto answer = Response::text(Status::ok, "ok");
  answer.headers.add("set-cookie", "a=b");
  EXPECT_FALSE(send(request, std::move(answer)).headers.contains("coppice-position"));
}

TEST_F(ReadYourWritesTest, DoesNotTakeBackALaterPositionThatItWasGiven) {
  const auto handed_out = [this](const std::string& position) {
    const auto answer = pass({{"coppice-position", position}}, Method::post);
    return std::string(answer.headers.get("coppice-position").value_or("none"));
  };
  EXPECT_EQ(handed_out("7.60"), "7.60");
  EXPECT_EQ(handed_out("7.8"), "7.9");
  arrival_ = Arrival::missing;
  EXPECT_EQ(handed_out("7.60"), "7.60");
  arrival_ = Arrival::superseded;
  EXPECT_EQ(handed_out("7.60"), "7.9");
}

TEST_F(ReadYourWritesTest, LetsPreflightsPass) {
  EXPECT_EQ(read_of(pass({{"coppice-position", "7.9"}}, Method::options)), "none");
  EXPECT_EQ(asked_, Position());
}

TEST_F(ReadYourWritesTest, HandsOutThePositionOfAWrite) {
  options_.cookie = {.domain = "example.com", .secure = true};
  const auto answer = pass({}, Method::post, Response::json(Status::created, "{}"));
  EXPECT_EQ(answer.headers.get("coppice-position"), "7.9");
  EXPECT_EQ(answer.headers.get("set-cookie"),
            "coppice_position=7.9; path=/; domain=example.com; max-age=300; samesite=Lax; secure; "
            "httponly");
  EXPECT_EQ(answer.headers.get("cache-control"), "no-store");
}

TEST_F(ReadYourWritesTest, HandsOutNothingToWhoHasNotWritten) {
  EXPECT_FALSE(pass({}).headers.contains("coppice-position"));
  EXPECT_FALSE(
      pass({}, Method::post, Response::error(Status::forbidden)).headers.contains("set-cookie"));
  EXPECT_FALSE(pass({}, Method::options).headers.contains("set-cookie"));
  written_ = {};
  EXPECT_FALSE(pass({}, Method::post).headers.contains("set-cookie"));
}

TEST_F(ReadYourWritesTest, TakesAnAnswerThatLeavesACookieForAWrite) {
  auto signed_in = Response::empty(Status::see_other);
  signed_in.headers.add("set-cookie", "_coppice_session=x");
  signed_in.headers.add("cache-control", "no-store");
  const auto answer = pass({}, Method::get, std::move(signed_in));
  EXPECT_EQ(answer.headers.get("coppice-position"), "7.9");
  EXPECT_EQ(answer.headers.count("set-cookie"), 2U);
  EXPECT_EQ(answer.headers.count("cache-control"), 1U);
}

}  // namespace
}  // namespace coppice::app::http
