#include "app/http/same_site.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

bool allows(const SameSitePolicy& policy, const Headers& headers) {
  net::http::Request request;
  request.headers.add("host", "site.example");
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return policy.allows(request);
}

const SameSitePolicy kPlain("", {});
const SameSitePolicy kHost("site.example", {"https://app.example", "//*.friend.example"});

TEST(SameSitePolicy, LetsProgramsAndOwnPagesPass) {
  EXPECT_TRUE(allows(kPlain, {}));
  EXPECT_TRUE(allows(kPlain, {{"origin", "http://site.example"}}));
  EXPECT_TRUE(allows(kHost, {{"origin", "https://site.example"}}));
  for (const auto* site : {"same-origin", "same-site", "none"}) {
    EXPECT_TRUE(allows(kPlain, {{"sec-fetch-site", site}})) << site;
  }
}

TEST(SameSitePolicy, LetsOtherSitesNotPass) {
  for (const auto& policy : {kPlain, kHost}) {
    EXPECT_FALSE(allows(policy, {{"sec-fetch-site", "cross-site"}}));
    EXPECT_FALSE(
        allows(policy, {{"sec-fetch-site", "cross-site"}, {"origin", "https://evil.example"}}));
    EXPECT_FALSE(allows(policy, {{"origin", "https://evil.example"}}));
    EXPECT_FALSE(allows(policy, {{"origin", "null"}}));
  }
}

TEST(SameSitePolicy, LetsTrustedSitesPass) {
  const Headers app{{"sec-fetch-site", "cross-site"}, {"origin", "https://app.example"}};
  EXPECT_TRUE(allows(kHost, app));
  EXPECT_FALSE(allows(kPlain, app));
  EXPECT_TRUE(allows(kHost, {{"origin", "https://a.friend.example"}}));
  EXPECT_FALSE(allows(kHost, {{"origin", "http://app.example"}}));
}

}  // namespace
}  // namespace coppice::app::http
