#include "app/http/sign_in_limits.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::make_address;

class SignInLimitsTest : public testing::Test {
 protected:
  bool sign_in(const std::string& email, const std::string& from) {
    return !limits_.admit_sign_in(email, make_address(from), now_);
  }

  SignInLimits limits_;
  actors::Time now_{1h};
};

TEST_F(SignInLimitsTest, SlowGuessesAtOneAccountFromOneAddress) {
  for (int n = 0; n < 5; ++n) EXPECT_TRUE(sign_in("ada@x", "192.0.2.1"));
  EXPECT_FALSE(sign_in("ada@x", "192.0.2.1"));
  EXPECT_FALSE(sign_in("ADA@x", "192.0.2.1"));
  EXPECT_TRUE(sign_in("eve@x", "192.0.2.1"));
  EXPECT_TRUE(sign_in("ada@x", "192.0.2.2"));
}

TEST_F(SignInLimitsTest, SlowGuessesAtManyAccountsFromOneAddress) {
  for (int n = 0; n < 20; ++n) EXPECT_TRUE(sign_in(std::to_string(n), "192.0.2.1"));
  EXPECT_FALSE(sign_in("one more", "192.0.2.1"));
}

TEST_F(SignInLimitsTest, CountANetworkOfIpv6AsOneAddress) {
  for (int n = 0; n < 5; ++n) EXPECT_TRUE(sign_in("ada", "2001:db8::" + std::to_string(n)));
  EXPECT_FALSE(sign_in("ada", "2001:db8::ffff:1"));
  EXPECT_TRUE(sign_in("ada", "2001:db8:0:1::1"));
}

TEST_F(SignInLimitsTest, SlowGuessesAtOneAccountFromManyAddressesButNeverForLong) {
  for (int n = 0; n < 50; ++n) EXPECT_TRUE(sign_in("ada", "10.0.0." + std::to_string(n)));
  EXPECT_FALSE(sign_in("ada", "10.0.1.1"));
  for (int n = 0; n < 100; ++n) {
    now_ += 30s;
    EXPECT_TRUE(sign_in("ada", "10.0.2." + std::to_string(n)));
  }
}

TEST_F(SignInLimitsTest, ForgetTheAttemptsOfWhoGetsItRight) {
  for (int n = 0; n < 100; ++n) {
    EXPECT_TRUE(sign_in("ada", "192.0.2.1"));
    limits_.signed_in("ada", make_address("192.0.2.1"));
  }
}

TEST_F(SignInLimitsTest, CountNoAttemptThatCameToNothing) {
  for (int n = 0; n < 100; ++n) {
    EXPECT_TRUE(sign_in("ada", "192.0.2.1"));
    limits_.take_back_sign_in("ada", make_address("192.0.2.1"));
  }
}

TEST_F(SignInLimitsTest, LimitMails) {
  const auto from = make_address("192.0.2.1");
  for (int n = 0; n < 3; ++n) EXPECT_FALSE(limits_.admit_mail("ada", from, now_));
  EXPECT_EQ(limits_.admit_mail("ada", from, now_), 1min);
  EXPECT_EQ(limits_.admit_mail("ada", make_address("192.0.2.2"), now_), 1min);
  EXPECT_FALSE(limits_.admit_mail("eve", from, now_));
}

}  // namespace
}  // namespace coppice::app::http
