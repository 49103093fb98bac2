#include "net/http/conditional.hpp"

#include <string>

#include <gtest/gtest.h>

#include "net/http/date.hpp"
#include "net/http/plugs/passing.hpp"

namespace coppice::net::http {
namespace {

using plugs::HeaderList;
using plugs::make_request;

constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";
const Validators kState{.etag = "\"7\"", .modified = parse_http_date(kDate)};

int verdict(HeaderList headers, Method method = Method::get, const Validators& state = kState) {
  const auto answer = check_preconditions(make_request(headers, method), state);
  return answer ? static_cast<int>(answer->status) : 0;
}

TEST(Conditional, ReadsDatesInTheirOneForm) {
  EXPECT_EQ(parse_http_date(kDate), 784111777);
  for (const char* wrong : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(wrong)) << wrong;
  }
}

TEST(Conditional, SparesWhoHasItAlready) {
  EXPECT_EQ(verdict({{"if-none-match", "\"7\""}}), 304);
  EXPECT_EQ(verdict({{"if-none-match", "\"6\", W/\"7\""}}), 304);
  EXPECT_EQ(verdict({{"if-none-match", "*"}}), 304);
  EXPECT_EQ(verdict({{"if-none-match", "\"6\""}, {"if-none-match", "\"7\""}}), 304);
  EXPECT_EQ(verdict({{"if-none-match", "\"6\""}}), 0);
  EXPECT_EQ(verdict({{"if-none-match", "7"}}), 0);
  EXPECT_EQ(verdict({{"if-modified-since", kDate}}), 304);
  EXPECT_EQ(verdict({{"if-modified-since", kEarlier}}), 0);
  EXPECT_EQ(verdict({{"if-modified-since", "yesterday"}}), 0);
  EXPECT_EQ(verdict({{"if-none-match", "\"6\""}, {"if-modified-since", kDate}}), 0);
  EXPECT_EQ(verdict({}), 0);
}

TEST(Conditional, SendsTheValidatorsWithoutABody) {
  const auto answer = check_preconditions(make_request({{"if-none-match", "\"7\""}}), kState);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers.get("etag"), "\"7\"");
  EXPECT_EQ(answer->headers.get("last-modified"), kDate);
  EXPECT_TRUE(answer->body.empty());
}

TEST(Conditional, RefusesToChangeWhatHasChanged) {
  EXPECT_EQ(verdict({{"if-match", "\"7\""}}, Method::patch), 0);
  EXPECT_EQ(verdict({{"if-match", "W/\"7\""}}, Method::patch), 0);
  EXPECT_EQ(verdict({{"if-match", "\"6\""}}, Method::patch), 412);
  EXPECT_EQ(verdict({{"if-match", "\"6\""}, {"if-match", "\"7\""}}, Method::patch), 0);
  EXPECT_EQ(verdict({{"if-match", "*"}}, Method::put, {}), 412);  // there is nothing
  EXPECT_EQ(verdict({{"if-none-match", "*"}}, Method::put), 412);
  EXPECT_EQ(verdict({{"if-none-match", "*"}}, Method::put, {}), 0);
  EXPECT_EQ(verdict({{"if-unmodified-since", kEarlier}}, Method::patch), 412);
  EXPECT_EQ(verdict({{"if-unmodified-since", kDate}}, Method::patch), 0);
}

}  // namespace
}  // namespace coppice::net::http
