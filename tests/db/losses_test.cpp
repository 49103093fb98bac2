#include "db/losses.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

Reach reach(Position latest, std::vector<Epoch> epochs) {
  return {latest, std::make_shared<const Epochs>(Epochs(std::move(epochs)))};
}

TEST(Losses, AreNoneWhileTheHistoryGoesOn) {
  Losses losses;
  EXPECT_EQ(losses.saw(reach({1, 5}, {{1, 0}}), 1).commits, 0);
  EXPECT_EQ(losses.saw(reach({1, 9}, {{1, 0}}), 1).commits, 0);
  EXPECT_EQ(losses.saw(reach({2, 10}, {{1, 0}, {2, 9}}), 1).commits, 0);
  EXPECT_EQ(losses.commits(), 0);
}

TEST(Losses, AreWhatAPrimaryHadNotSentOn) {
  Losses losses;
  losses.had({1, 13}, 1);
  const auto loss = losses.saw(reach({2, 20}, {{1, 0}, {2, 10}}), 1);
  EXPECT_EQ(loss.commits, 3);
  EXPECT_EQ(loss.had, (Position{1, 13}));
  EXPECT_EQ(losses.saw(reach({2, 21}, {{1, 0}, {2, 10}}), 1).commits, 0) << "counted once";
  EXPECT_EQ(losses.commits(), 3);
}

TEST(Losses, AreNoticedThoughTheSequenceHasPassedIt) {
  Losses losses;
  losses.had({1, 11}, 1);
  EXPECT_EQ(losses.saw(reach({2, 11}, {{1, 0}, {2, 10}}), 1).commits, 1);
}

TEST(Losses, AreWhatAReignHadDoneThatNobodyKnows) {
  Losses losses;
  losses.had({2, 12}, 1);
  EXPECT_EQ(losses.saw(reach({3, 20}, {{1, 0}, {3, 10}}), 1).commits, 2);
}

TEST(Losses, AreWhatADatabaseThatGoesBackHad) {
  Losses losses;
  losses.had({1, 12}, 1);
  EXPECT_EQ(losses.saw(reach({1, 10}, {{1, 0}}), 1).commits, 2);
}

TEST(Losses, AreNotSeenByALookThatBeganBefore) {
  Losses losses;
  losses.had({1, 12}, 2);
  EXPECT_EQ(losses.saw(reach({1, 11}, {{1, 0}}), 1).commits, 0);
  EXPECT_EQ(losses.saw(reach({1, 12}, {{1, 0}}), 2).commits, 0);
  EXPECT_EQ(losses.commits(), 0);
}

TEST(Losses, AreNotGuessedOfEpochsThatAreForgotten) {
  Losses losses;
  losses.had({1, 12}, 1);
  EXPECT_EQ(losses.saw(reach({9, 100}, {{5, 50}, {9, 90}}), 1).commits, 0);
}

}  // namespace
}  // namespace coppice::db
