#include "net/http/request_parser.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net::http {
namespace {

using std::string_literals::operator""s;
using Progress = RequestParser::Progress;

/// Presents bytes piece by piece as a session does, and collects what comes out.
class Feeder {
 public:
  explicit Feeder(const Limits& limits = {}) : limits_(limits), parser_(limits) {}

  void feed(std::string_view bytes) {
    pending_ += bytes;
    for (;;) {
      const auto step = parser_.advance(pending_);
      pending_.erase(0, step.consumed);
      if (step.progress == Progress::complete) requests.push_back(parser_.take());
      if (step.progress == Progress::refused) refused = parser_.refusal().status;
      if (step.progress == Progress::head) {
        ++heads;
        parser_.limit_body(limits_.max_body_bytes);
      }
      if (step.progress == Progress::need_more || step.progress == Progress::refused) break;
      if (step.progress == Progress::complete && pending_.empty()) break;
    }
  }

  std::vector<std::shared_ptr<Request>> requests;
  std::optional<Status> refused;
  int heads = 0;

 private:
  const Limits limits_;
  RequestParser parser_;
  std::string pending_;
};

std::shared_ptr<Request> only_request(std::string_view bytes) {
  Feeder feeder;
  feeder.feed(bytes);
  EXPECT_FALSE(feeder.refused) << bytes;
  EXPECT_EQ(feeder.requests.size(), 1U) << bytes;
  return feeder.requests.empty() ? std::make_shared<Request>() : feeder.requests.front();
}

std::optional<Status> refusal(std::string_view bytes, const Limits& limits = {}) {
  Feeder feeder(limits);
  feeder.feed(bytes);
  EXPECT_TRUE(feeder.requests.empty()) << bytes;
  return feeder.refused;
}

constexpr std::string_view kPipeline =
    "GET /api/posts?q=a+b HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nAccept:  text/html \r\n\r\n"
    "POST /p HTTP/1.1\r\nhost: a:80\r\nContent-Length: 5\r\n\r\nhello"
    "\r\nPUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
    "5;x=\"y\"\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
    "DELETE / HTTP/1.0\r\n\r\n";

void expect_pipeline(const Feeder& feeder) {
  EXPECT_FALSE(feeder.refused);
  EXPECT_EQ(feeder.heads, 2);
  ASSERT_EQ(feeder.requests.size(), 4U);
  const auto& list = *feeder.requests[0];
  EXPECT_EQ(list.method, Method::get);
  EXPECT_EQ(list.target, "/api/posts?q=a+b");
  EXPECT_EQ(list.path, "/api/posts");
  EXPECT_EQ(list.query.get("q"), "a b");
  EXPECT_EQ(list.header("accept"), "text/html");
  EXPECT_EQ(list.header("x-empty"), "");
  EXPECT_TRUE(list.keep_alive);
  EXPECT_EQ(feeder.requests[1]->body, "hello");
  EXPECT_EQ(feeder.requests[2]->body, "hello world");
  EXPECT_EQ(feeder.requests[2]->header("trailer"), std::nullopt);
  EXPECT_EQ(feeder.requests[3]->method, Method::del);
  EXPECT_FALSE(feeder.requests[3]->keep_alive);
}

TEST(RequestParser, TakesAWholePipelineAtOnce) {
  Feeder feeder;
  feeder.feed(kPipeline);
  expect_pipeline(feeder);
}

TEST(RequestParser, TakesAPipelineByteByByte) {
  Feeder feeder;
  for (const char c : kPipeline) feeder.feed({&c, 1});
  expect_pipeline(feeder);
}

TEST(RequestParser, TakesAnEmptyChunkedBodyByteByByte) {
  Feeder feeder;
  for (const char c :
       std::string_view("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        "\r\n0\r\n\r\n")) {
    feeder.feed({&c, 1});
  }
  ASSERT_EQ(feeder.requests.size(), 1U);
  EXPECT_EQ(feeder.requests[0]->body, "");
}

TEST(RequestParser, TakesAPipelineInRandomPieces) {
  testing::Random random;
  for (int round = 0; round < 200; ++round) {
    Feeder feeder;
    for (const auto& piece : random.pieces(kPipeline)) feeder.feed(piece);
    expect_pipeline(feeder);
  }
}

TEST(RequestParser, KnowsWhatBecomesOfTheConnection) {
  const auto keep_alive = [](std::string_view version, std::string_view headers) {
    return only_request("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
                        std::string(headers) + "\r\n")
        ->keep_alive;
  };
  EXPECT_TRUE(keep_alive("1.1", ""));
  EXPECT_FALSE(keep_alive("1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(keep_alive("1.0", ""));
  EXPECT_TRUE(keep_alive("1.0", "Connection: keep-alive\r\n"));
}

TEST(RequestParser, TakesTargetsInAbsoluteAndAsteriskForm) {
  EXPECT_EQ(only_request("GET http://a.example/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n")->path, "/x");
  EXPECT_EQ(only_request("GET HTTPS://a.example HTTP/1.1\r\nHost: a\r\n\r\n")->path, "/");
  EXPECT_EQ(only_request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->path, "*");
}

TEST(RequestParser, SeesWhoWaitsForContinue) {
  RequestParser parser(Limits{});
  const std::string_view head =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n";
  EXPECT_EQ(parser.advance(head).progress, Progress::head);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.advance("x").progress, Progress::complete);
}

TEST(RequestParser, JudgesALineThatIsTooLongByItsLengthEvenIfItsEndIsWrong) {
  const Limits limits{
      .max_target_bytes = 40, .max_head_bytes = 200, .max_headers = 4, .max_body_bytes = 10};
  const std::string long_line = "GET /" + std::string(60, 'a') + " HTTP/1.1\n";
  const std::string long_head = "GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(200, 'a') + "\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    Feeder line(limits);
    Feeder head(limits);
    for (std::size_t at = 0; at < long_line.size(); at += piece) {
      line.feed(long_line.substr(at, piece));
    }
    for (std::size_t at = 0; at < long_head.size(); at += piece) {
      head.feed(long_head.substr(at, piece));
    }
    EXPECT_EQ(line.refused, Status::uri_too_long) << piece;
    EXPECT_EQ(head.refused, Status::header_fields_too_large) << piece;
  }
}

TEST(RequestParser, RefusesEachLimitWithItsAnswer) {
  const Limits limits{
      .max_target_bytes = 40, .max_head_bytes = 200, .max_headers = 4, .max_body_bytes = 10};
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refusal("GET /" + std::string(40, 'a'), limits), Status::uri_too_long);
  EXPECT_EQ(refusal("GET /" + std::string(40, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", limits),
            Status::uri_too_long);
  EXPECT_EQ(refusal(start + "A: " + std::string(200, 'a'), limits),
            Status::header_fields_too_large);
  EXPECT_EQ(refusal(start + "A: " + std::string(180, 'a') + "\r\n\r\n", limits),
            Status::header_fields_too_large);
  EXPECT_EQ(refusal(start + "A: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\n\r\n", limits),
            Status::header_fields_too_large);
  EXPECT_EQ(refusal(start + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n", limits),
            Status::content_too_large);
  EXPECT_EQ(
      refusal(start + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1100, 'x'), limits),
      Status::bad_request);
}

TEST(RequestParser, TakesWhatJustFitsHoweverItComes) {
  const std::string line = "GET /abcdefg HTTP/1.1";
  const std::string head = line + "\r\nHost: a\r\n\r\n";
  Feeder feeder({.max_target_bytes = line.size(), .max_head_bytes = head.size(), .max_headers = 1});
  feeder.feed(head);
  for (const char c : head) feeder.feed({&c, 1});
  EXPECT_EQ(feeder.requests.size(), 2U);
}

TEST(RequestParser, RefusesOtherVersionsMethodsCodingsAndExpectations) {
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Status::http_version_not_supported);
  EXPECT_EQ(refusal("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), Status::http_version_not_supported);
  EXPECT_EQ(refusal("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), Status::not_implemented);
  EXPECT_EQ(refusal("get / HTTP/1.1\r\nHost: a\r\n\r\n"), Status::not_implemented);
  EXPECT_EQ(refusal("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), Status::not_implemented);
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            Status::not_implemented);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"),
            Status::expectation_failed);
}

TEST(RequestParser, RefusesWhatSmugglingReliesOn) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::vector<std::string> cases = {
      start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
      start + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
      start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
      start + "Content-Length: 1, 1\r\n\r\n",
      start + "Content-Length: +1\r\n\r\n",
      start + "Content-Length: -1\r\n\r\n",
      start + "Content-Length: 0x1\r\n\r\n",
      start + "Content-Length: 1 1\r\n\r\n",
      start + "Content-Length:\r\n\r\n",
      start + "Content-Length: 99999999999999999999\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      start + "Content-Length : 1\r\n\r\n",
      start + "Content-Length\t: 1\r\n\r\n",
      start + " Content-Length: 1\r\n\r\n",
      start + "A: b\r\n c\r\n\r\n",
      start + "A: b\n\r\n",
      start + "A: b\r\n\n",
      start + "A: b\rC: d\r\n\r\n",
      start + "A: b\0c\r\n\r\n"s,
      start + "A\r\n\r\n",
      start + ": a\r\n\r\n",
      start + "Host: b\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n-5\r\n\r\n",
      start + "Transfer-Encoding: chunked\r\n\r\n fffffffffffffffff\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET /\r\nHost: a\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "\x16\x03\x01\x02",
  };
  for (const auto& bytes : cases) EXPECT_EQ(refusal(bytes), Status::bad_request) << bytes;
}

TEST(RequestParser, RefusesAMalformedChunkBeforeTheBytesOfALastOneAreThere) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* bytes :
       {"zz\r\n", "\r\n", "1z", "1\r1", "1\r\nax", "1\r\na\r\r", "1\r\na\r\nx", "1 "}) {
    EXPECT_EQ(refusal(start + bytes), Status::bad_request) << bytes;
    Feeder feeder;
    for (const char c : start + bytes) feeder.feed({&c, 1});
    EXPECT_EQ(feeder.refused, Status::bad_request) << bytes;
  }
  for (const auto* bytes : {"", "1", "A;", "1\r", "1\r\n", "1\r\na\r", "0\r\n\r", "2\r\na"}) {
    EXPECT_EQ(refusal(start + bytes), std::nullopt) << bytes;
  }
}

TEST(RequestParser, RefusesTheSameWhenItComesByteByByte) {
  const std::string_view bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
  Feeder feeder;
  for (const char c : bytes) feeder.feed({&c, 1});
  EXPECT_EQ(feeder.refused, Status::bad_request);
}

}  // namespace
}  // namespace coppice::net::http
