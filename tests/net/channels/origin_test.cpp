#include "net/channels/origin.hpp"

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

const Origin kRequest = {.scheme = "http", .host = "example.com", .port = 4000};

bool allows(const OriginPolicy& policy, std::string_view origin) {
  return policy.allows(origin, kRequest);
}

OriginPolicy list(const std::vector<std::string>& patterns) {
  std::vector<Origin> parsed;
  parsed.reserve(patterns.size());
  for (const auto& pattern : patterns) parsed.push_back(parse_origin_pattern(pattern).value());
  return OriginPolicy::list(std::move(parsed));
}

TEST(OriginPolicy, LetsRequestsWithoutOriginPass) {
  EXPECT_TRUE(OriginPolicy::host("example.com").allows(std::nullopt, kRequest));
  EXPECT_TRUE(list({}).allows(std::nullopt, kRequest));
}

TEST(OriginPolicy, ComparesTheHostAlone) {
  const auto policy = OriginPolicy::host("Example.com");
  EXPECT_TRUE(allows(policy, "https://example.com"));
  EXPECT_TRUE(allows(policy, "http://EXAMPLE.com:8080"));
  EXPECT_FALSE(allows(policy, "https://example.com.evil.org"));
  EXPECT_FALSE(allows(policy, "https://www.example.com"));
}

TEST(OriginPolicy, RefusesAnOriginWithoutAHost) {
  for (const auto* origin : {"null", "evil", "", "//", "https://", "://example.com", "https:///x",
                             "https://example.com:port", "https://a b", "https://*"}) {
    EXPECT_FALSE(allows(OriginPolicy::host("example.com"), origin)) << origin;
    EXPECT_FALSE(allows(list({"//*.com", "//example.com"}), origin)) << origin;
  }
}

TEST(OriginPolicy, MatchesAnyOfAList) {
  const auto policy = list({"https://example.com", "//other.com:888", "//*.wild.com"});
  EXPECT_TRUE(allows(policy, "https://example.com"));
  EXPECT_TRUE(allows(policy, "https://example.com:443"));
  EXPECT_FALSE(allows(policy, "http://example.com"));
  EXPECT_FALSE(allows(policy, "https://example.com:444"));
  EXPECT_TRUE(allows(policy, "ftp://other.com:888"));
  EXPECT_FALSE(allows(policy, "https://other.com"));
  EXPECT_TRUE(allows(policy, "http://wild.com:1"));
  EXPECT_TRUE(allows(policy, "https://a.b.wild.com"));
  EXPECT_FALSE(allows(policy, "https://notwild.com"));
}

TEST(OriginPolicy, ComparesAllPartsWithTheRequest) {
  const auto policy = OriginPolicy::same_as_request();
  EXPECT_TRUE(allows(policy, "http://example.com:4000"));
  EXPECT_FALSE(allows(policy, "http://example.com"));
  EXPECT_FALSE(allows(policy, "https://example.com:4000"));
  EXPECT_TRUE(policy.allows("http://[::1]:80", request_origin("http", "[::1]")));
}

TEST(OriginPolicy, AsksAFunctionOrNobody) {
  const auto policy = OriginPolicy::function([](std::string_view text) { return text == "null"; });
  EXPECT_TRUE(allows(policy, "null"));
  EXPECT_FALSE(allows(policy, "https://example.com"));
  EXPECT_TRUE(allows(OriginPolicy::any(), "null"));
}

TEST(ParseOriginPattern, NamesWhatItCannotRead) {
  for (const auto* text : {"example.com", "", "//", "https://a.*.com", "*.com", "//a:b"}) {
    const auto pattern = parse_origin_pattern(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().code, actors::Errc::invalid_argument);
    EXPECT_NE(pattern.error().context.find("\"" + std::string(text) + "\""), std::string::npos);
  }
}

}  // namespace
}  // namespace coppice::net::channels
