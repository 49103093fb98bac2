#include "net/channels/version.hpp"

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

std::optional<Version> negotiate(std::string_view query) {
  return negotiate_version(*http::parse_query(query));
}

TEST(NegotiateVersion, KnowsBothSerializers) {
  EXPECT_EQ(negotiate("vsn=2.0.0"), Version::v2);
  EXPECT_EQ(negotiate("user=1&vsn=2.0.17"), Version::v2);
  EXPECT_EQ(negotiate("vsn=2.0.1-rc.1"), Version::v2);
  EXPECT_EQ(negotiate("vsn=2.0.0%2Bbuild.7"), Version::v2);
  EXPECT_EQ(negotiate("vsn=1.0.0"), Version::v1);
  EXPECT_EQ(negotiate(""), Version::v1);
  EXPECT_EQ(negotiate("vsn=3.0.0&vsn=2.0.0"), Version::v2);
}

TEST(NegotiateVersion, RefusesOthers) {
  for (const auto* vsn : {"1.1.0", "2.1.0", "3.0.0", "0.0.0", "2.0", "2", "abc", "", "2.0.0-rc.1",
                          "2.0.0-", "2.0.0%2B", "2.0.0.0", "02.0.0", "2.0.00", "2.0.x", "-2.0.0",
                          " 2.0.0", "2.0.0 ", "2.0.0-rc..1"}) {
    EXPECT_EQ(negotiate("vsn=" + std::string(vsn)), std::nullopt) << vsn;
  }
  EXPECT_EQ(negotiate("vsn[]=2.0.0"), std::nullopt);
  EXPECT_EQ(negotiate("vsn[a]=2.0.0"), std::nullopt);
}

}  // namespace
}  // namespace coppice::net::channels
