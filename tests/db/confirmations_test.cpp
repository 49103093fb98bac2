#include "db/confirmations.hpp"

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

TEST(Confirmations, CoverWhatAnotherNodeHas) {
  Confirmations confirmations;
  EXPECT_FALSE(confirmations.cover({1, 5}));
  confirmations.note({1, 5});
  EXPECT_TRUE(confirmations.cover({1, 5}));
  EXPECT_TRUE(confirmations.cover({1, 4}));
  EXPECT_FALSE(confirmations.cover({1, 6}));
}

TEST(Confirmations, AreOfTheNodeThatIsAhead) {
  Confirmations confirmations;
  confirmations.note({1, 5});
  confirmations.note({1, 4});
  EXPECT_TRUE(confirmations.cover({1, 5}));
}

TEST(Confirmations, OfAnotherEpochCoverNothing) {
  Confirmations confirmations;
  confirmations.note({1, 9});
  EXPECT_FALSE(confirmations.cover({2, 5}));
  confirmations.note({2, 6});
  EXPECT_TRUE(confirmations.cover({2, 5}));
  EXPECT_FALSE(confirmations.cover({1, 9}));
}

TEST(Confirmations, OfAReignThatWasLostKeepNobodyElsesOut) {
  Confirmations confirmations;
  confirmations.note({3, 9});
  confirmations.note({2, 6});
  EXPECT_TRUE(confirmations.cover({2, 6}));
}

TEST(Confirmations, CountWhatCameOfThoseWhoWaited) {
  Confirmations confirmations;
  confirmations.count(true);
  confirmations.count(true);
  confirmations.count(false);
  EXPECT_EQ(confirmations.confirmed(), 2U);
  EXPECT_EQ(confirmations.unconfirmed(), 1U);
}

}  // namespace
}  // namespace coppice::db
