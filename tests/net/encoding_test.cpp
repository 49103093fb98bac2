#include "net/encoding.hpp"

#include <gtest/gtest.h>

namespace coppice::net {
namespace {

TEST(Base64, EncodesEveryLength) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("\xFB\xFF"), "+/8=");
}

TEST(Base64, DecodesBothAlphabetsPaddedOrNot) {
  for (const auto* text : {"+/8=", "+/8", "-_8", "-_8="}) {
    EXPECT_EQ(base64_decode(text), "\xFB\xFF") << text;
  }
  EXPECT_EQ(base64_decode(""), "");
  EXPECT_EQ(base64_decode("Zg=="), "f");
  EXPECT_EQ(base64_decode("AAA"), std::string(2, '\0'));
}

TEST(Base64, RefusesWhatIsMalformed) {
  for (const auto* text : {"Z", "Zg=", "Zg===", "Z g=", "Zm8=Zm8=", "Zm\n8", "Zé"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

TEST(Sha1, DigestsTheStandardsExample) {
  EXPECT_EQ(base64_encode(sha1("abc")), "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}

}  // namespace
}  // namespace coppice::net
