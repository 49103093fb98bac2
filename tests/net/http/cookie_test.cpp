#include "net/http/cookie.hpp"

#include <gtest/gtest.h>

namespace coppice::net::http {
namespace {

TEST(Cookie, IsFoundAmongOthers) {
  EXPECT_EQ(find_cookie("a=1; session=abc; b=2", "session"), "abc");
  EXPECT_EQ(find_cookie("session=abc", "session"), "abc");
  EXPECT_EQ(find_cookie("a=1;session=abc;b=2", "session"), "abc");
  EXPECT_EQ(find_cookie("xsession=1; sessionx=2", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("", "session"), std::nullopt);
}

TEST(Cookie, KeepsWhatComesAfterTheFirstEqualsSign) {
  EXPECT_EQ(find_cookie("s=a=b==", "s"), "a=b==");
  EXPECT_EQ(find_cookie("s=", "s"), "");
  EXPECT_EQ(find_cookie("s=\"quoted\"", "s"), "quoted");
  EXPECT_EQ(find_cookie("s=\"", "s"), "\"");
}

TEST(Cookie, SkipsWhatIsMalformed) {
  EXPECT_EQ(find_cookie(";;; =x; nonsense; s=1", "s"), "1");
  EXPECT_EQ(find_cookie("s; s=2", "s"), "2");
  EXPECT_EQ(find_cookie("S=1", "s"), std::nullopt);
}

TEST(Cookie, IsTheFirstOfItsName) {
  Request request;
  request.headers.add("Cookie", "other=0");
  request.headers.add("cookie", "s=1; s=2");
  EXPECT_EQ(cookie(request, "s"), "1");
  EXPECT_EQ(cookie(request, "t"), std::nullopt);
}

TEST(Cookie, IsSetWithWhereItGoes) {
  EXPECT_EQ(set_cookie("s", "v", {}), "s=v; path=/; samesite=Lax; httponly");
  EXPECT_EQ(set_cookie("s", "v",
                       {.path = "/a",
                        .domain = "example.com",
                        .max_age = std::chrono::seconds(60),
                        .same_site = SameSite::none,
                        .secure = true,
                        .http_only = false}),
            "s=v; path=/a; domain=example.com; max-age=60; samesite=None; secure");
  EXPECT_EQ(
      set_cookie("s", "", {.max_age = std::chrono::seconds(0), .same_site = SameSite::strict}),
      "s=; path=/; max-age=0; samesite=Strict; httponly");
}

}  // namespace
}  // namespace coppice::net::http
