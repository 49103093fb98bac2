#include "app/accounts/key_ring.hpp"

#include <gtest/gtest.h>

namespace coppice::app::accounts {
namespace {

const std::string kOld(64, 'o');
const std::string kNew(64, 'n');
constexpr std::int64_t kMoment = 1000;
constexpr std::int64_t kLater = 2000;
constexpr auto kCookie = KeyPurpose::session_cookie;
constexpr auto kSocket = KeyPurpose::socket_token;

TEST(KeyRing, OpensWhatItSealed) {
  const KeyRing keys({kNew});
  const auto sealed = keys.seal(kCookie, "secret", kLater);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(sealed.find_first_of("+/=;, "), std::string::npos);
  EXPECT_EQ(keys.open(kCookie, sealed, kMoment), "secret");
  EXPECT_NE(sealed, keys.seal(kCookie, "secret", kLater));
}

TEST(KeyRing, OpensNothingThatHasExpired) {
  const KeyRing keys({kNew});
  const auto sealed = keys.seal(kCookie, "x", kLater);
  EXPECT_TRUE(keys.open(kCookie, sealed, kLater - 1));
  EXPECT_FALSE(keys.open(kCookie, sealed, kLater));
}

TEST(KeyRing, KeepsPurposesApart) {
  const KeyRing keys({kNew});
  EXPECT_FALSE(keys.open(kSocket, keys.seal(kCookie, "x", kLater), kMoment));
  EXPECT_FALSE(keys.verify(kSocket, "x", keys.sign(kCookie, "x")));
}

TEST(KeyRing, OpensNothingThatWasChangedAnywhere) {
  const KeyRing keys({kNew});
  const auto sealed = keys.seal(kCookie, "text", kLater);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto changed = sealed;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    // The last character has bits that stand for nothing.
    if (at + 1 < sealed.size()) EXPECT_FALSE(keys.open(kCookie, changed, kMoment)) << at;
    EXPECT_FALSE(keys.open(kCookie, sealed.substr(0, at), kMoment)) << at;
  }
  EXPECT_FALSE(keys.open(kCookie, "", kMoment));
  EXPECT_FALSE(keys.open(kCookie, "not base64 !", kMoment));
}

TEST(KeyRing, StillTakesWhatThePreviousSecretMade) {
  const KeyRing before({kOld});
  const KeyRing both({kNew, kOld});
  const KeyRing after({kNew});
  const auto sealed = before.seal(kCookie, "x", kLater);
  const auto code = before.sign(kCookie, "x");
  EXPECT_EQ(both.open(kCookie, sealed, kMoment), "x");
  EXPECT_TRUE(both.verify(kCookie, "x", code));
  EXPECT_FALSE(after.open(kCookie, sealed, kMoment));
  EXPECT_FALSE(after.verify(kCookie, "x", code));
  EXPECT_EQ(after.open(kCookie, both.seal(kCookie, "y", kLater), kMoment), "y");
}

TEST(KeyRing, SignsTextsApart) {
  const KeyRing keys({kNew});
  EXPECT_TRUE(keys.verify(kCookie, "x", keys.sign(kCookie, "x")));
  EXPECT_FALSE(keys.verify(kCookie, "y", keys.sign(kCookie, "x")));
  EXPECT_FALSE(keys.verify(kCookie, "x", ""));
}

}  // namespace
}  // namespace coppice::app::accounts
