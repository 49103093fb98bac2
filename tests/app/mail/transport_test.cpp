#include "app/mail/transport.hpp"

#include <gtest/gtest.h>

namespace coppice::app::mail {
namespace {

TEST(SmtpUrl, HasItsCredentialsTakenOut) {
  const auto settings = parse_smtp_url("smtp://ada%40x:p%2Fw@mail.example:587");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->url, "smtp://mail.example:587");
  EXPECT_EQ(settings->user, "ada@x");
  EXPECT_EQ(settings->password, "p/w");
  EXPECT_EQ(settings->start_tls, StartTls::always);
}

TEST(SmtpUrl, NeedsNoTlsWithoutCredentialsOrOnThisMachine) {
  EXPECT_EQ(parse_smtp_url("smtp://mail.example")->start_tls, StartTls::offered);
  EXPECT_EQ(parse_smtp_url("smtp://u:p@127.0.0.1:25")->start_tls, StartTls::never);
  EXPECT_EQ(parse_smtp_url("smtp://u:p@localhost:25")->start_tls, StartTls::never);
  EXPECT_EQ(parse_smtp_url("smtps://mail.example/")->url, "smtps://mail.example");
}

TEST(SmtpUrl, IsRefusedIfItIsNone) {
  for (const auto* url : {"", "mail.example:587", "http://mail.example", "smtp://", "smtp:///x",
                          "smtp://mail.example/path", "smtp://mail.example?x", "smtp://a b"}) {
    EXPECT_FALSE(parse_smtp_url(url)) << url;
  }
}

}  // namespace
}  // namespace coppice::app::mail
