#include "net/channels/handshake.hpp"

#include <gtest/gtest.h>

#include "net/encoding.hpp"

namespace coppice::net::channels {
namespace {

using http::Method;
using http::Request;
using http::Status;

Request request(std::string_view query, std::string_view header = {}, std::string_view value = {}) {
  Request made;
  made.query = *http::parse_query(query);
  made.headers.add("Host", "example.com");
  if (!header.empty()) made.headers.add(header, value);
  return made;
}

std::optional<Status> refusal(const Request& made, const HandshakePolicy& policy = {}) {
  const auto handshake = check_handshake(made, policy);
  return handshake ? std::nullopt : std::optional(handshake.error().status);
}

constexpr std::string_view kProtocol = "Sec-WebSocket-Protocol";

TEST(ChannelsHandshake, ChecksInPhoenixsOrder) {
  const HandshakePolicy policy{.origins = OriginPolicy::host("example.com"), .auth_token = true};
  auto worst = request("vsn=9.0.0", "Origin", "https://evil.org");
  worst.method = Method::post;
  EXPECT_EQ(refusal(worst, policy), Status::bad_request);
  worst.method = Method::get;
  EXPECT_EQ(refusal(worst, policy), Status::forbidden);
  worst.headers.set("Origin", "https://example.com");
  EXPECT_EQ(refusal(worst, policy), Status::forbidden);  // the version
  worst.query = *http::parse_query("vsn=2.0.0");
  EXPECT_EQ(refusal(worst, policy), std::nullopt);
}

TEST(ChannelsHandshake, ToleratesAnyOtherParameters) {
  EXPECT_EQ(refusal(request("a[b][]=1&&token=x&vsn=2.0.0")), std::nullopt);
}

TEST(ChannelsHandshake, IgnoresSubprotocolsUnlessTokensAreOn) {
  const auto handshake = check_handshake(request("vsn=2.0.0", kProtocol, "phoenix"), {});
  ASSERT_TRUE(handshake);
  EXPECT_EQ(handshake->subprotocol, "");
}

TEST(ChannelsHandshake, ReadsATokenFromTheSubprotocols) {
  const HandshakePolicy policy{.auth_token = true};
  auto encoded = base64_encode("se?cret~~");
  encoded.erase(encoded.find_last_not_of('=') + 1);
  for (const auto& offer : {"phoenix, base64url.bearer.phx." + encoded,
                            "base64url.bearer.phx." + encoded + ",phoenix"}) {
    const auto handshake = check_handshake(request("vsn=2.0.0", kProtocol, offer), policy);
    ASSERT_TRUE(handshake) << offer;
    EXPECT_EQ(handshake->auth_token, "se?cret~~");
    EXPECT_EQ(handshake->subprotocol, "phoenix");
  }
}

TEST(ChannelsHandshake, NeedsNoTokenButAKnownSubprotocol) {
  const HandshakePolicy policy{.auth_token = true};
  const auto without = check_handshake(request("vsn=2.0.0"), policy);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->auth_token, std::nullopt);
  EXPECT_EQ(without->subprotocol, "");
  EXPECT_EQ(refusal(request("vsn=2.0.0", kProtocol, "phoenix"), policy), std::nullopt);
  for (const auto* offer :
       {"other", "base64url.bearer.phx.YQ", "phoenix, base64url.bearer.phx.!"}) {
    EXPECT_EQ(refusal(request("vsn=2.0.0", kProtocol, offer), policy), Status::forbidden) << offer;
  }
}

}  // namespace
}  // namespace coppice::net::channels
