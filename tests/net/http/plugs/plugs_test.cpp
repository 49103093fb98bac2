#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "net/http/plugs/cors.hpp"
#include "net/http/plugs/forwarded.hpp"
#include "net/http/plugs/https.hpp"
#include "net/http/plugs/passing.hpp"
#include "net/http/plugs/rate_limit.hpp"
#include "net/http/plugs/request_id.hpp"
#include "net/http/plugs/security_headers.hpp"

namespace coppice::net::http::plugs {
namespace {

using namespace std::chrono_literals;

// -- request ids ---------------------------------------------------------------------------------

TEST(RequestId, TakesASafeOneAndMakesOneOtherwise) {
  const auto plug = request_id();
  const std::string given = "abcdefghij0123456789+/=_.:@-";
  auto request = make_request({{"x-request-id", given}});
  EXPECT_EQ(pass(plug, request).headers.get("x-request-id"), given);
  EXPECT_EQ(request.id, given);
  for (const std::string& bad :
       {std::string(19, 'a'), std::string(201, 'a'), std::string("abcdefghij 0123456789"),
        std::string("abcdefghij0123456789\"")}) {
    auto other = make_request({{"x-request-id", bad}});
    pass(plug, other);
    EXPECT_NE(other.id, bad);
    EXPECT_EQ(other.id.size(), 20U);
  }
}

TEST(RequestId, MakesNoneTwice) {
  const auto plug = request_id();
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    auto request = make_request();
    pass(plug, request);
    ids.insert(request.id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

// -- security headers ----------------------------------------------------------------------------

TEST(SecurityHeaders, LetNothingLoadUnlessTheAnswerHasItsOwnPolicy) {
  auto request = make_request();
  const auto plain = pass(security_headers(), request);
  EXPECT_EQ(plain.headers.get("x-content-type-options"), "nosniff");
  EXPECT_EQ(plain.headers.get("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'");
  EXPECT_TRUE(plain.headers.contains("referrer-policy"));
  Response own;
  own.headers.add("content-security-policy", "default-src 'self'");
  const auto kept = pass(security_headers(), request, own);
  EXPECT_EQ(kept.headers.count("content-security-policy"), 1U);
  EXPECT_EQ(kept.headers.get("content-security-policy"), "default-src 'self'");
}

TEST(SecurityHeaders, GiveEachPageItsNonce) {
  const auto plug = page_security();
  const auto html = Response::of(Status::ok, "text/html; charset=utf-8", "<p>");
  auto first = make_request();
  auto second = make_request();
  const auto answer = pass(plug, first, html);
  pass(plug, second, html);
  const auto& nonce = first.assigns.get<CspNonce>()->value;
  EXPECT_NE(nonce, second.assigns.get<CspNonce>()->value);
  const std::string policy(*answer.headers.get("content-security-policy"));
  EXPECT_TRUE(policy.contains("script-src 'self' 'nonce-" + nonce + "'"));
  EXPECT_TRUE(policy.contains("frame-ancestors 'none'"));
  EXPECT_FALSE(pass(plug, first).headers.contains("content-security-policy"));  // no page
}

// -- cross-origin requests -----------------------------------------------------------------------

TEST(Cors, LetsEverybodyReadWithoutCookies) {
  const auto plug = *cors({});
  auto request = make_request({{"origin", "https://any.example"}});
  const auto answer = pass(plug, request);
  EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "*");
  EXPECT_FALSE(answer.headers.contains("access-control-allow-credentials"));
  EXPECT_TRUE(answer.headers.contains("access-control-expose-headers"));
}

TEST(Cors, EchoesListedOriginsAndNoOthers) {
  const auto plug =
      *cors({.origins = std::vector<std::string>{"https://a.example", "https://*.b.example"}});
  for (const char* origin : {"https://a.example", "https://b.example", "https://x.b.example"}) {
    auto request = make_request({{"origin", origin}});
    const auto answer = pass(plug, request);
    EXPECT_EQ(answer.headers.get("access-control-allow-origin"), origin);
    EXPECT_EQ(answer.headers.get("access-control-allow-credentials"), "true");
    EXPECT_TRUE(answer.headers.has_token("vary", "origin"));
  }
  for (const char* origin : {"http://a.example", "https://a.example.evil", "https://evila.example",
                             "https://a.example:444", "null", "*", "https://xb.example"}) {
    auto request = make_request({{"origin", origin}});
    const auto answer = pass(plug, request);
    EXPECT_FALSE(answer.headers.contains("access-control-allow-origin")) << origin;
    EXPECT_FALSE(answer.headers.contains("access-control-allow-credentials")) << origin;
    EXPECT_TRUE(answer.headers.has_token("vary", "origin")) << origin;
  }
  auto none = make_request();
  EXPECT_TRUE(pass(plug, none).headers.has_token("vary", "origin"));
}

TEST(Cors, DoesNotTrustTwoOriginsAtOnce) {
  const auto plug = *cors({.origins = std::vector<std::string>{"https://a.example"}});
  auto request =
      make_request({{"origin", "https://a.example"}, {"origin", "https://evil.example"}});
  EXPECT_FALSE(pass(plug, request).headers.contains("access-control-allow-origin"));
}

TEST(Cors, AnswersPreflights) {
  const auto plug = *cors({.origins = std::vector<std::string>{"https://a.example"}});
  const auto preflight = [&plug](std::string_view origin) {
    auto request = make_request({{"origin", origin},
                                 {"access-control-request-method", "PATCH"},
                                 {"access-control-request-headers", "authorization, if-match"}},
                                Method::options);
    return pass(plug, request);
  };
  const auto answer = preflight("https://a.example");
  EXPECT_EQ(answer.status, Status::no_content);
  EXPECT_EQ(answer.headers.get("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(answer.headers.get("access-control-allow-headers"), "authorization, if-match");
  EXPECT_TRUE(answer.headers.has_token("access-control-allow-methods", "PATCH"));
  EXPECT_EQ(answer.headers.get("access-control-max-age"), "7200");
  const auto refused = preflight("https://evil.example");
  EXPECT_EQ(refused.status, Status::no_content);
  EXPECT_FALSE(refused.headers.contains("access-control-allow-origin"));
  EXPECT_FALSE(refused.headers.contains("access-control-allow-methods"));
}

TEST(Cors, LeavesOtherOptionsRequestsToTheRouter) {
  const auto plug = *cors({});
  auto request = make_request({{"origin", "https://a.example"}}, Method::options);
  EXPECT_EQ(pass(plug, request).body, "ok");
}

TEST(Cors, RefusesMalformedPatterns) {
  EXPECT_FALSE(cors({.origins = std::vector<std::string>{"a.example"}}));
}

// -- proxies -------------------------------------------------------------------------------------

ForwardedOptions trusting(std::string_view ranges, std::string header = "x-forwarded-for") {
  return {.trusted = *parse_address_ranges(ranges), .header = std::move(header)};
}

std::string client_of(const ForwardedOptions& options, std::string_view peer, HeaderList headers) {
  auto request = make_request(headers);
  request.client = request.peer.address = *parse_address(peer);
  pass(forwarded(options), request);
  return request.client.to_string() + (request.secure ? " secure" : "");
}

TEST(Forwarded, BelievesTrustedProxiesOnly) {
  const auto options = trusting("10.0.0.0/8");
  EXPECT_EQ(client_of(options, "10.1.1.1", {{"x-forwarded-for", "192.0.2.7"}}), "192.0.2.7");
  EXPECT_EQ(client_of(options, "11.1.1.1", {{"x-forwarded-for", "192.0.2.7"}}), "11.1.1.1");
  EXPECT_EQ(client_of(options, "11.1.1.1", {{"x-forwarded-proto", "https"}}), "11.1.1.1");
  EXPECT_EQ(client_of({}, "10.1.1.1", {{"x-forwarded-for", "192.0.2.7"}}), "10.1.1.1");
}

TEST(Forwarded, BelievesTheNearestProxyAboutTheScheme) {
  const auto is_secure = [](HeaderList headers) {
    auto request = make_request(headers);
    request.peer.address = boost::asio::ip::make_address("10.0.0.1");
    pass(forwarded(trusting("10.0.0.0/8")), request);
    return request.secure;
  };
  EXPECT_TRUE(is_secure({{"x-forwarded-proto", "http, https"}}));
  EXPECT_FALSE(is_secure({{"x-forwarded-proto", "https"}, {"x-forwarded-proto", "http"}}));
  EXPECT_TRUE(is_secure({{"x-forwarded-proto", "http"}, {"x-forwarded-proto", "https"}}));
}

TEST(Forwarded, TakesTheLastAddressThatIsNoTrustedProxys) {
  const auto options = trusting("10.0.0.0/8, 2001:db8::/32");
  EXPECT_EQ(client_of(options, "10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 192.0.2.7, 10.0.0.2"}}),
            "192.0.2.7");
  EXPECT_EQ(client_of(options, "10.0.0.1",
                      {{"x-forwarded-for", "192.0.2.7"}, {"x-forwarded-for", "2001:db8::1"}}),
            "192.0.2.7");
  EXPECT_EQ(client_of(options, "10.0.0.1", {{"x-forwarded-for", "10.0.0.3, 10.0.0.2"}}),
            "10.0.0.3");
}

TEST(Forwarded, ReadsPortsAndStopsAtWhatItCannotRead) {
  const auto options = trusting("private");
  EXPECT_EQ(client_of(options, "127.0.0.1", {{"x-forwarded-for", "192.0.2.7:99"}}), "192.0.2.7");
  EXPECT_EQ(client_of(options, "127.0.0.1", {{"x-forwarded-for", "[2001:db8::9]:99"}}),
            "2001:db8::9");
  EXPECT_EQ(client_of(options, "127.0.0.1", {{"x-forwarded-for", "192.0.2.7, unknown"}}),
            "127.0.0.1");
  EXPECT_EQ(client_of(options, "127.0.0.1", {{"x-forwarded-for", "[::, ]"}}), "127.0.0.1");
}

TEST(Forwarded, TakesOneHeaderThatWasNamed) {
  const auto options = trusting("private", "Fly-Client-IP");
  EXPECT_EQ(client_of(options, "fdaa::1",
                      {{"fly-client-ip", "192.0.2.7"}, {"x-forwarded-for", "6.6.6.6"}}),
            "192.0.2.7");
  EXPECT_EQ(client_of(options, "fdaa::1",
                      {{"fly-client-ip", "192.0.2.7"}, {"fly-client-ip", "192.0.2.8"}}),
            "fdaa::1");
}

TEST(Forwarded, KnowsHttpsFromTheNearestProxy) {
  const auto options = trusting("private");
  EXPECT_EQ(client_of(options, "10.0.0.1", {{"x-forwarded-proto", "https"}}), "10.0.0.1 secure");
  EXPECT_EQ(client_of(options, "10.0.0.1", {{"x-forwarded-proto", "https, http"}}), "10.0.0.1");
}

// -- HTTPS ---------------------------------------------------------------------------------------

TEST(HttpsOnly, RedirectsWhatCameByHttp) {
  const auto plug = https_only({});
  auto request = make_request({{"host", "a.example:80"}, {"x-forwarded-proto", "http"}});
  request.target = "/path?q=1";
  const auto answer = pass(plug, request);
  EXPECT_EQ(answer.status, Status::moved_permanently);
  EXPECT_EQ(answer.headers.get("location"), "https://a.example/path?q=1");
  request.method = Method::post;
  EXPECT_EQ(pass(https_only({.host = "b.example"}), request).headers.get("location"),
            "https://b.example/path?q=1");
  EXPECT_EQ(pass(plug, request).status, Status::permanent_redirect);
}

TEST(HttpsOnly, NeverRedirectsWhatMayHaveComeByHttps) {
  const auto plug = https_only({.exempt = {"/health"}});
  auto unknown = make_request({{"host", "a.example"}});
  EXPECT_EQ(pass(plug, unknown).status, Status::ok);
  auto secure = make_request({{"host", "a.example"}, {"x-forwarded-proto", "https"}});
  EXPECT_EQ(pass(plug, secure).headers.get("strict-transport-security"), "max-age=31536000");
  auto health = make_request({{"host", "a.example"}, {"x-forwarded-proto", "http"}});
  health.path = "/health";
  EXPECT_EQ(pass(plug, health).status, Status::ok);
}

// -- rate limits ---------------------------------------------------------------------------------

TEST(RateLimit, RefusesWhoAsksTooOftenAndSaysWhenToComeBack) {
  const auto plug = rate_limit(std::make_shared<RateLimiter>(
      RateLimiter::Options{.per_second = 0.5, .burst = 2, .keys = 16}));
  const auto ask = [&plug](std::string_view client, actors::Duration at) {
    auto request = make_request();
    request.client = *parse_address(client);
    request.received_at = actors::Time(1h) + at;
    return pass(plug, request);
  };
  EXPECT_EQ(ask("192.0.2.1", 0s).status, Status::ok);
  EXPECT_EQ(ask("192.0.2.1", 0s).status, Status::ok);
  const auto refused = ask("192.0.2.1", 0s);
  EXPECT_EQ(refused.status, Status::too_many_requests);
  EXPECT_EQ(refused.headers.get("retry-after"), "2");
  EXPECT_EQ(ask("192.0.2.2", 0s).status, Status::ok);
  EXPECT_EQ(ask("192.0.2.1", 1900ms).status, Status::too_many_requests);
  EXPECT_EQ(ask("192.0.2.1", 2100ms).status, Status::ok);
}

TEST(RateLimit, TakesAnIpv6NetworkForOneClient) {
  EXPECT_EQ(client_key(*parse_address("2001:db8::1")), client_key(*parse_address("2001:db8::2")));
  EXPECT_NE(client_key(*parse_address("2001:db8::1")),
            client_key(*parse_address("2001:db8:0:1::1")));
}

TEST(RateLimit, ForgetsTheQuietestWhenItsMemoryIsFull) {
  RateLimiter limiter({.per_second = 0.001, .burst = 1, .keys = 4});
  const actors::Time start(1h);
  EXPECT_FALSE(limiter.refuse(0, start));
  for (std::uint64_t key = 1; key < 4; ++key) EXPECT_FALSE(limiter.refuse(key, start + 1s));
  EXPECT_TRUE(limiter.refuse(3, start + 2s));
  EXPECT_FALSE(limiter.refuse(4, start + 2s));  // in the place of 0
  EXPECT_TRUE(limiter.refuse(3, start + 2s));
  EXPECT_FALSE(limiter.refuse(0, start + 3s));
}

}  // namespace
}  // namespace coppice::net::http::plugs
