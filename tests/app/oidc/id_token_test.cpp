#include "app/oidc/id_token.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "app/oidc/test_keys.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;

const Expectations kExpected{
    .issuer = "https://id.example", .client_id = "us", .nonce = "n", .now = 1000};

std::string claims_with(std::string_view changes = "{}") {
  auto claims = boost::json::parse(R"({"iss":"https://id.example","aud":"us","sub":"42","exp":1100,
      "iat":990,"nonce":"n","email":"ada@example.com","email_verified":true,"name":"Ada"})")
                    .as_object();
  for (const auto& [name, value] : boost::json::parse(changes).as_object()) {
    if (value.is_null()) {
      claims.erase(name);
    } else {
      claims[name] = value;
    }
  }
  return boost::json::serialize(claims);
}

TEST(IdToken, SaysWhoItIsAbout) {
  const auto identity = check_claims(claims_with(), kExpected);
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_EQ(identity->subject, "42");
  EXPECT_EQ(identity->email, "ada@example.com");
  EXPECT_EQ(identity->name, "Ada");
}

TEST(IdToken, IsTakenWithinAMinuteOfItsTimesAndForSeveral) {
  for (const auto* changes :
       {R"({"exp":941})", R"({"iat":1060})", R"({"nbf":1060})", R"({"aud":["us"]})",
        R"({"aud":["them","us"],"azp":"us"})", R"({"exp":1100.5})"}) {
    EXPECT_TRUE(check_claims(claims_with(changes), kExpected)) << changes;
  }
}

TEST(IdToken, IsRefusedUnlessEveryClaimIsRight) {
  for (const auto* changes : {R"({"iss":"https://evil.example"})",
                              R"({"iss":null})",
                              R"({"aud":"them"})",
                              R"({"aud":null})",
                              R"({"aud":["them"]})",
                              R"({"aud":["them","us"]})",
                              R"({"aud":1})",
                              R"({"aud":["us","them"],"azp":"them"})",
                              R"({"azp":"them"})",
                              R"({"exp":940})",
                              R"({"exp":null})",
                              R"({"exp":"1100"})",
                              R"({"exp":1e300})",
                              R"({"iat":1061})",
                              R"({"iat":null})",
                              R"({"nbf":1061})",
                              R"({"nonce":"m"})",
                              R"({"nonce":null})",
                              R"({"sub":""})",
                              R"({"sub":null})",
                              R"({"sub":7})"}) {
    const auto refused = check_claims(claims_with(changes), kExpected);
    ASSERT_FALSE(refused) << changes;
    EXPECT_EQ(refused.error(), Errc::unauthorized);
  }
}

TEST(IdToken, GivesNoAddressThatIsNotVerified) {
  for (const auto* changes : {R"({"email_verified":false})", R"({"email_verified":null})",
                              R"({"email_verified":"true"})", R"({"email":null})"}) {
    EXPECT_EQ(check_claims(claims_with(changes), kExpected)->email, "") << changes;
  }
}

TEST(Jwt, IsTakenApart) {
  const auto token = parse_jwt(kRsaToken).value();
  EXPECT_EQ(token.algorithm, "RS256");
  EXPECT_EQ(token.key_id, "rs256");
  EXPECT_EQ(token.claims, R"({"sub":"ada"})");
  EXPECT_EQ(identity_from(token.claims).subject, "ada");
  EXPECT_EQ(identity_from("[]").subject, "");
}

TEST(Jwt, HasThreePartsOfJson) {
  for (const auto* text : {"", ".", "..", "e30.e30", "e30.e30.e30.e30", "!.e30.", "e30.W10.",
                           "e30.!.", "e30.e30.!", "bnVsbA.e30."}) {
    EXPECT_EQ(parse_jwt(text).error(), Errc::malformed) << text;
  }
  EXPECT_TRUE(parse_jwt("e30.e30."));
}

}  // namespace
}  // namespace coppice::app::oidc
