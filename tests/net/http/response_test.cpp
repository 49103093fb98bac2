#include "net/http/response.hpp"

#include <gtest/gtest.h>

#include "net/http/date.hpp"

namespace coppice::net::http {
namespace {

/// The bytes, without the date.
std::string bytes_of(const Response& response, const Framing& framing = {}) {
  std::string out;
  append_response(out, response, framing);
  const auto date = out.find("date: ");
  EXPECT_NE(date, std::string::npos);
  return out.erase(date, out.find('\n', date) + 1 - date);
}

TEST(Response, WritesHeadersLengthAndBody) {
  EXPECT_EQ(bytes_of(Response::json(Status::ok, R"({"a":1})")),
            "HTTP/1.1 200 OK\r\n"
            "content-type: application/json; charset=utf-8\r\n"
            "content-length: 7\r\n\r\n"
            R"({"a":1})");
}

TEST(Response, LeavesTheBodyOutForHead) {
  EXPECT_EQ(bytes_of(Response::text(Status::ok, "hello"), {.head_request = true}),
            "HTTP/1.1 200 OK\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            "content-length: 5\r\n\r\n");
}

TEST(Response, HasNoLengthWhereThereIsNoBody) {
  EXPECT_EQ(bytes_of(Response::empty(Status::no_content)), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(bytes_of(Response::empty(Status::not_modified)), "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(bytes_of(Response::empty(Status::forbidden)),
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
}

TEST(Response, SaysWhatBecomesOfTheConnection) {
  const auto response = Response::empty(Status::no_content);
  EXPECT_NE(bytes_of(response, {.keep_alive = false}).find("connection: close\r\n"),
            std::string::npos);
  EXPECT_NE(bytes_of(response, {.http_1_0 = true}).find("connection: keep-alive\r\n"),
            std::string::npos);
}

TEST(Response, ShapesErrorsAsPhoenixDoes) {
  EXPECT_EQ(Response::error(Status::not_found).body, R"({"errors":{"detail":"Not Found"}})");
  EXPECT_EQ(Response::error(Status::bad_request, "no \"q\"").body,
            R"({"errors":{"detail":"no \"q\""}})");
}

TEST(Response, MapsFailuresToStatuses) {
  using actors::Errc;
  EXPECT_EQ(Response::error({Errc::not_found}).status, Status::not_found);
  EXPECT_EQ(Response::error({Errc::too_large}).status, Status::content_too_large);
  const auto overloaded = Response::error({Errc::overloaded, "mailbox of /database/writer"});
  EXPECT_EQ(overloaded.status, Status::service_unavailable);
  EXPECT_EQ(overloaded.headers.get("retry-after"), "1");
  EXPECT_EQ(overloaded.body.bytes().find("mailbox"), std::string::npos);  // nothing for strangers
  EXPECT_EQ(Response::error({Errc::internal, "secret"}).body,
            R"({"errors":{"detail":"Internal Server Error"}})");
}

TEST(Response, TellsNothingOfAFailureOfOurOwn) {
  using actors::Errc;
  const std::string sql = "no such table: posts; statement: SELECT";
  for (const auto code : {Errc::invalid_argument, Errc::conflict, Errc::constraint, Errc::forbidden,
                          Errc::not_found, Errc::corrupt, Errc::internal}) {
    const auto response = Response::server_error({code, sql});
    EXPECT_EQ(response.status, Status::internal_server_error) << to_string(code);
    EXPECT_EQ(response.body, R"({"errors":{"detail":"Internal Server Error"}})");
  }
  const auto busy = Response::server_error({Errc::busy, sql});
  EXPECT_EQ(busy.status, Status::service_unavailable);
  EXPECT_EQ(busy.headers.get("retry-after"), "1");
  EXPECT_EQ(busy.body.bytes().find("SELECT"), std::string::npos);
}

TEST(HttpDate, IsTheStandardsForm) {
  EXPECT_EQ(format_http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date().size(), std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size());
}

}  // namespace
}  // namespace coppice::net::http
