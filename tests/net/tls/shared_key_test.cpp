#include "net/tls/shared_key.hpp"

#include <gtest/gtest.h>

namespace coppice::net::tls {
namespace {

constexpr SharedKey::Seed kSeed{1, 2, 3};
constexpr SharedKey::Seed kOther{1, 2, 4};

TEST(SharedKey, IsTheSameWhereverTheSeedIs) {
  EXPECT_EQ(SharedKey(kSeed).pin(), SharedKey(kSeed).pin());
  EXPECT_EQ(SharedKey(kSeed).certificate(), SharedKey(kSeed).certificate());
}

TEST(SharedKey, OfAnotherSeedIsAnother) {
  EXPECT_NE(SharedKey(kSeed).pin(), SharedKey(kOther).pin());
}

TEST(SharedKey, IsPinnedByTheDigestOfThePublicKey) {
  const auto pin = SharedKey(kSeed).pin();
  EXPECT_TRUE(pin.starts_with("sha256//")) << pin;
  EXPECT_EQ(pin.size(), 8U + 44U) << pin;
}

TEST(SharedKey, MakesAContextForServers) { EXPECT_NE(SharedKey(kSeed).server_context(), nullptr); }

}  // namespace
}  // namespace coppice::net::tls
