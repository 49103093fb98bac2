#include "net/websocket/handshake.hpp"

#include <gtest/gtest.h>

namespace coppice::net::websocket {
namespace {

using http::Method;
using http::Request;
using http::Status;

Request upgrade_request() {
  Request request;
  request.headers.add("Host", "a");
  request.headers.add("Connection", "keep-alive, Upgrade");
  request.headers.add("Upgrade", "WebSocket");
  request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  request.headers.add("Sec-WebSocket-Version", "13");
  return request;
}

Request with(std::string_view name, std::string_view value) {
  auto request = upgrade_request();
  request.headers.set(name, value);
  return request;
}

TEST(WebSocketHandshake, ComputesTheStandardsExample) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, AcceptsAnUpgrade) {
  const auto request = upgrade_request();
  EXPECT_FALSE(refuse_upgrade(request));
  const auto response = accept_upgrade(request, "");
  EXPECT_EQ(response.status, Status::switching_protocols);
  EXPECT_EQ(response.headers.get("upgrade"), "websocket");
  EXPECT_EQ(response.headers.get("connection"), "Upgrade");
  EXPECT_EQ(response.headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(response.headers.contains("sec-websocket-protocol"));
  EXPECT_FALSE(response.headers.contains("sec-websocket-extensions"));
  EXPECT_EQ(accept_upgrade(request, "phoenix").headers.get("sec-websocket-protocol"), "phoenix");
}

TEST(WebSocketHandshake, RefusesWhatIsNoUpgrade) {
  auto old = upgrade_request();
  old.http_1_0 = true;
  auto post = upgrade_request();
  post.method = Method::post;
  for (const auto& request : {old, post, with("Connection", "close"), with("Upgrade", "h2c"),
                              with("Sec-WebSocket-Key", ""), Request()}) {
    const auto refusal = refuse_upgrade(request);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, Status::bad_request);
    EXPECT_TRUE(refusal->body.empty());
  }
}

TEST(WebSocketHandshake, NamesTheVersionItSpeaks) {
  const auto refusal = refuse_upgrade(with("Sec-WebSocket-Version", "8"));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, Status::upgrade_required);
  EXPECT_EQ(refusal->headers.get("sec-websocket-version"), "13");
  EXPECT_TRUE(refusal->body.empty());
}

}  // namespace
}  // namespace coppice::net::websocket
