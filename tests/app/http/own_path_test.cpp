#include "app/http/own_path.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

TEST(OwnPath, IsLeftAsItIsInAscii) {
  for (const char* good : {"/", "/posts/new?x=1&y=%20#top", "/a//b", "/~!"}) {
    EXPECT_EQ(own_path(good), good);
  }
}

TEST(OwnPath, IsEncodedWhereItIsNotAscii) {
  EXPECT_EQ(own_path("/grün?q=€"), "/gr%C3%BCn?q=%E2%82%AC");
  EXPECT_EQ(own_path("/\x80\xFF"), "/%80%FF");
}

TEST(OwnPath, LeadsToNoOtherSite) {
  for (const char* bad : {"", "x", "//evil.example", "/\\evil.example", "https://evil.example",
                          "/\t/evil.example", "/a\\b"}) {
    EXPECT_EQ(own_path(bad), std::nullopt) << bad;
  }
}

TEST(OwnPath, HasNoByteThatNoHeaderMayHave) {
  for (int byte = 0; byte <= 0x20; ++byte) {
    EXPECT_EQ(own_path(std::string("/a") + static_cast<char>(byte)), std::nullopt) << byte;
  }
  EXPECT_EQ(own_path("/a\x7F"), std::nullopt);
  EXPECT_EQ(own_path("/" + std::string(2000, 'x')), std::nullopt);
}

}  // namespace
}  // namespace coppice::app::http
