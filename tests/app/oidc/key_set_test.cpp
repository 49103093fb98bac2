#include "app/oidc/key_set.hpp"

#include <string>

#include <gtest/gtest.h>

#include "app/oidc/id_token.hpp"
#include "app/oidc/test_keys.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;

std::string set_of(std::initializer_list<std::string_view> keys) {
  std::string list;
  for (const auto key : keys) list += (list.empty() ? "" : ",") + std::string(key);
  return R"({"keys":[)" + list + "]}";
}

bool verifies(const KeySet& keys, const Jwt& token) {
  return keys.verify(token.algorithm, token.key_id, token.signed_text, token.signature);
}

TEST(KeySet, VerifiesWhatItsKeysSigned) {
  const auto keys = KeySet::parse(set_of({kRsaJwk, kEcJwk})).value();
  EXPECT_EQ(keys.size(), 2U);
  for (const auto text : {kRsaToken, kEcToken}) {
    const auto token = parse_jwt(text).value();
    EXPECT_TRUE(verifies(keys, token)) << text;
    EXPECT_TRUE(keys.has(token.key_id));
    auto nameless = token;
    nameless.key_id.clear();
    EXPECT_TRUE(verifies(keys, nameless));
  }
}

TEST(KeySet, VerifiesNothingElse) {
  const auto keys = KeySet::parse(set_of({kRsaJwk, kEcJwk})).value();
  for (const auto text : {kRsaToken, kEcToken}) {
    const auto right = parse_jwt(text).value();
    auto other_text = right;
    other_text.signed_text += "x";
    EXPECT_FALSE(verifies(keys, other_text));
    auto other_signature = right;
    other_signature.signature[10] ^= 1;
    EXPECT_FALSE(verifies(keys, other_signature));
    auto cut = right;
    cut.signature.pop_back();
    EXPECT_FALSE(verifies(keys, cut));
    cut.signature.clear();
    EXPECT_FALSE(verifies(keys, cut));
    auto other_key = right;
    other_key.key_id = "unknown";
    EXPECT_FALSE(verifies(keys, other_key));
    for (const auto* algorithm : {"none", "HS256", "RS512", "", "rs256"}) {
      auto other_algorithm = right;
      other_algorithm.algorithm = algorithm;
      EXPECT_FALSE(verifies(keys, other_algorithm)) << algorithm;
    }
  }
  auto swapped = parse_jwt(kRsaToken).value();
  swapped.algorithm = "ES256";
  EXPECT_FALSE(verifies(keys, swapped));
}

TEST(KeySet, PassesOverKeysThatItCantUse) {
  const auto keys = KeySet::parse(set_of(
      {kSmallRsaJwk, R"({"kty":"oct","k":"c2VjcmV0"})", R"({"kty":"EC","crv":"P-521"})",
       R"({"kty":"RSA","n":"!","e":"AQAB"})", R"({"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"})",
       R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 0U);
  EXPECT_FALSE(keys->has(""));
}

TEST(KeySet, RefusesWhatIsNone) {
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1]})", "{"}) {
    EXPECT_EQ(KeySet::parse(text).error(), Errc::malformed) << text;
  }
}

}  // namespace
}  // namespace coppice::app::oidc
