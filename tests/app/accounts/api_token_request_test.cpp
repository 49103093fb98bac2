#include "app/accounts/api_token_request.hpp"

#include <gtest/gtest.h>

namespace coppice::app::accounts {
namespace {

constexpr std::int64_t kNow = 1'000'000;

std::string problems_of(const std::string& name, const Scopes& scopes, std::int64_t days) {
  const auto request = api_token_request(name, scopes, days, kNow);
  return request ? "" : content::to_sentence(request.error());
}

TEST(ApiTokenRequest, IsGoodForItsDaysOrForEver) {
  EXPECT_EQ(api_token_request("t", {"socket"}, 2, kNow)->expires_at, kNow + 172'800);
  EXPECT_EQ(api_token_request("t", {"socket"}, 0, kNow)->expires_at, std::nullopt);
}

TEST(ApiTokenRequest, HasEachScopeOnce) {
  const auto request = api_token_request("t", {"socket", "content:read", "socket"}, 0, kNow);
  EXPECT_EQ(request->scopes, (Scopes{"content:read", "socket"}));
  EXPECT_EQ(split_scopes(join_scopes(request->scopes)), request->scopes);
}

TEST(ApiTokenRequest, SaysWhatIsWrong) {
  EXPECT_EQ(problems_of(" ", {"socket"}, 1), "name can't be blank");
  EXPECT_EQ(problems_of("t", {}, 1),
            "scopes needs at least one of content:read, content:write, socket");
  EXPECT_EQ(problems_of("t", {"all"}, 1),
            "scopes \"all\" is no scope; there are content:read, content:write, socket");
  EXPECT_EQ(problems_of("t", {"socket"}, -1), "days must be from 0 to 3650");
  EXPECT_EQ(problems_of("t", {"socket"}, 3651), "days must be from 0 to 3650");
}

}  // namespace
}  // namespace coppice::app::accounts
