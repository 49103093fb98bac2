#include "app/accounts/password_hash.hpp"

#include <sodium.h>

#include <gtest/gtest.h>

namespace coppice::app::accounts {
namespace {

constexpr HashCost kCheap{.passes = 1, .memory_bytes = 8192};
constexpr HashCost kDearer{.passes = 2, .memory_bytes = 16384};

TEST(PasswordHasher, FindsThePasswordAgainAndNoOther) {
  const PasswordHasher hasher(kCheap);
  const auto hash = hasher.hash("correct horse").value();
  EXPECT_TRUE(hash.starts_with("$argon2id$")) << hash;
  EXPECT_EQ(hash.find("horse"), std::string::npos);
  EXPECT_TRUE(hasher.verify(hash, "correct horse").value().matches);
  EXPECT_FALSE(hasher.verify(hash, "correct horsE").value().matches);
  EXPECT_FALSE(hasher.verify(hash, "").value().matches);
}

TEST(PasswordHasher, HasADecoyThatIsAHashOfItsCost) {
  const auto decoy = decoy_hash(kDearer);
  EXPECT_EQ(crypto_pwhash_str_needs_rehash(decoy.c_str(), kDearer.passes, kDearer.memory_bytes), 0)
      << decoy;
  EXPECT_EQ(decoy.size(), PasswordHasher(kDearer).hash("password")->size()) << decoy;
  EXPECT_NE(decoy, decoy_hash(kDearer));
  EXPECT_FALSE(PasswordHasher(kDearer).verify(decoy, "password")->matches);
}

TEST(PasswordHasher, SaltsEachHash) {
  const PasswordHasher hasher(kCheap);
  EXPECT_NE(hasher.hash("same").value(), hasher.hash("same").value());
}

TEST(PasswordHasher, SaysThatAHashOfAnotherCostIsStale) {
  const PasswordHasher before(kCheap);
  const PasswordHasher after(kDearer);
  const auto hash = before.hash("a password").value();
  EXPECT_FALSE(before.verify(hash, "a password").value().is_stale);
  const auto verdict = after.verify(hash, "a password").value();
  EXPECT_TRUE(verdict.matches);
  EXPECT_TRUE(verdict.is_stale);
  EXPECT_FALSE(after.verify(hash, "another").value().is_stale);
}

TEST(PasswordHasher, MatchesNothingWhereThereIsNoHash) {
  const PasswordHasher hasher(kCheap);
  for (const auto* hash : {"", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"}) {
    EXPECT_FALSE(hasher.verify(hash, "").value().matches) << hash;
    EXPECT_FALSE(hasher.verify(hash, hash).value().matches) << hash;
  }
  EXPECT_FALSE(hasher.verify(std::string(10'000, 'x'), "x").value().matches);
}

TEST(PasswordHasher, SaysThatMemoryIsShort) {
  const PasswordHasher hasher({.passes = 1, .memory_bytes = std::size_t{1} << 45U});
  EXPECT_EQ(hasher.hash("x").error(), actors::Errc::overloaded);
}

}  // namespace
}  // namespace coppice::app::accounts
