#include "app/nodes/sent_read.hpp"

#include <gtest/gtest.h>

#include "app/http/read_your_writes.hpp"
#include "db/codec.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using net::http::Request;
using net::http::Response;
using net::http::Status;

Request a_read() {
  Request request;
  request.target = "/api/posts?tag=oak&tag=old";
  request.path = "/api/posts";
  request.headers.add("authorization", "Bearer x");
  request.headers.add("Connection", "keep-alive");
  request.headers.add("accept", "a");
  request.headers.add("accept", "b");
  request.client = boost::asio::ip::make_address("192.0.2.7");
  request.secure = true;
  request.id = "an-id";
  return request;
}

TEST(SentRead, ArrivesAsItWasSent) {
  const auto sent = db::from_bytes<SentRead>(db::to_bytes(to_sent(a_read(), {7, 9}, nullptr)));
  ASSERT_TRUE(sent);
  const auto request = from_sent(*sent);
  ASSERT_TRUE(request);
  EXPECT_EQ((*request)->method, net::http::Method::get);
  EXPECT_EQ((*request)->target, "/api/posts?tag=oak&tag=old");
  EXPECT_EQ((*request)->path, "/api/posts");
  EXPECT_EQ((*request)->query.all("tag"), (std::vector<std::string>{"oak", "old"}));
  EXPECT_EQ((*request)->header("authorization"), "Bearer x");
  EXPECT_EQ((*request)->headers.count("accept"), 2U);
  EXPECT_EQ((*request)->client.to_string(), "192.0.2.7");
  EXPECT_TRUE((*request)->secure);
  EXPECT_EQ((*request)->id, "an-id");
  EXPECT_TRUE((*request)->assigns.get<http::AskedByNode>());
  EXPECT_EQ(db::Position(sent->epoch, sent->sequence), db::Position(7, 9));
}

TEST(SentRead, NamesNoHostInItsTarget) {
  auto read = a_read();
  read.target = "http://example.com/api/posts?tag=oak";
  EXPECT_EQ(to_sent(read, {}, nullptr).target, "/api/posts?tag=oak");
  read.target = "http://example.com/api/posts";
  EXPECT_EQ(to_sent(read, {}, nullptr).target, "/api/posts");
}

TEST(SentRead, LeavesOutWhatConcernsItsConnection) {
  const auto request = from_sent(to_sent(a_read(), {7, 9}, nullptr));
  ASSERT_TRUE(request);
  EXPECT_FALSE((*request)->headers.contains("connection"));
  EXPECT_FALSE((*request)->peer.address.is_loopback());
}

TEST(SentRead, SaysWhatWaitsForItAndNotWhatTheClientSaid) {
  auto read = a_read();
  read.headers.add("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  read.headers.add("tracestate", "vendor=1");
  const tracing::TraceContext here{.trace = tracing::make_trace_id(),
                                   .span = tracing::make_span_id(),
                                   .sampled = true,
                                   .state = "vendor=2"};
  const auto trail = std::make_shared<const tracing::Trail>(nullptr, here);
  const auto request = from_sent(to_sent(read, {7, 9}, trail));
  ASSERT_TRUE(request);
  EXPECT_EQ((*request)->headers.count("traceparent"), 1U);
  EXPECT_EQ((*request)->header("traceparent"), tracing::to_traceparent(here));
  EXPECT_EQ((*request)->headers.count("tracestate"), 1U);
  EXPECT_EQ((*request)->header("tracestate"), "vendor=2");
}

TEST(SentRead, SaysNothingOfATraceThatThereIsNot) {
  auto read = a_read();
  read.headers.add("traceparent", "nonsense");
  const auto request = from_sent(to_sent(read, {7, 9}, nullptr));
  ASSERT_TRUE(request);
  EXPECT_FALSE((*request)->headers.contains("traceparent"));
  EXPECT_EQ((*request)->header("authorization"), "Bearer x");
}

TEST(SentRead, IsRefusedWhenItCantBeRead) {
  auto sent = to_sent(a_read(), {7, 9}, nullptr);
  sent.client = "somebody";
  EXPECT_EQ(from_sent(sent).error(), Errc::malformed);
  sent = to_sent(a_read(), {7, 9}, nullptr);
  sent.target = "/?a=%";
  EXPECT_EQ(from_sent(sent).error(), Errc::malformed);
}

TEST(SentAnswer, ArrivesAsItWasGiven) {
  auto given = Response::json(Status::not_found, "{}");
  given.headers.add("etag", "\"1.2\"");
  const auto sent = to_sent(given, db::Arrival::here);
  ASSERT_TRUE(sent);
  const auto read = db::from_bytes<SentAnswer>(db::to_bytes(*sent));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->arrival, db::Arrival::here);
  const auto answer = from_sent(*read);
  EXPECT_EQ(answer.status, Status::not_found);
  EXPECT_EQ(answer.headers.get("etag"), "\"1.2\"");
  EXPECT_EQ(answer.headers.get("content-type"), given.headers.get("content-type"));
  EXPECT_TRUE(answer.body == "{}");
}

TEST(SentAnswer, CantBeAStream) {
  const auto stream =
      Response::of(Status::ok, "text/event-stream", net::http::BodyStream{.produce = {}});
  EXPECT_EQ(to_sent(stream, db::Arrival::here).error(), Errc::unsupported);
}

}  // namespace
}  // namespace coppice::app::nodes
