#include "app/cluster/seal.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cluster {
namespace {

const std::string kSecret(64, 's');

TEST(SealTest, NodesWithTheSameSecretReadEachOther) {
  const auto sealed = Seal(kSecret).seal("all", "hello");
  EXPECT_EQ(Seal(kSecret).open("all", sealed), "hello");
  EXPECT_EQ(sealed.find("hello"), std::string::npos);
}

TEST(SealTest, WhoHasAnotherSecretReadsNothing) {
  const auto sealed = Seal(kSecret).seal("all", "hello");
  EXPECT_FALSE(Seal(std::string(64, 't')).open("all", sealed));
}

TEST(SealTest, WhatWasMeantForOneSubjectIsWorthNothingOnAnother) {
  const auto sealed = Seal(kSecret).seal("to.a", "hello");
  EXPECT_FALSE(Seal(kSecret).open("to.b", sealed));
}

TEST(SealTest, WhatHasBeenChangedOrCutIsNotOpened) {
  const Seal seal(kSecret);
  const auto sealed = seal.seal("all", "hello");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(seal.open("all", changed)) << at;
    EXPECT_FALSE(seal.open("all", sealed.substr(0, at))) << at;
  }
}

TEST(SealTest, TheSameTextIsNeverSealedTheSame) {
  const Seal seal(kSecret);
  EXPECT_NE(seal.seal("all", "hello"), seal.seal("all", "hello"));
}

TEST(SealTest, NamesAndPasswordsDifferByTheSecret) {
  const Seal one(kSecret);
  const Seal other(std::string(64, 't'));
  EXPECT_NE(one.password(), other.password());
  EXPECT_NE(one.cluster_name(), other.cluster_name());
  EXPECT_EQ(one.cluster_name(), Seal(kSecret).cluster_name());
}

}  // namespace
}  // namespace coppice::app::cluster
