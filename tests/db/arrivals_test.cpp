#include "db/arrivals.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

/// Epoch 2 has followed on 1 after sequence number 5.
const auto kEpochs = std::make_shared<const Epochs>(std::vector<Epoch>{{1, 0}, {2, 5}});

/// A look that sees this position.
void look(Arrivals& arrivals, Position seen) { arrivals.note({seen, kEpochs}, arrivals.heard()); }

TEST(Arrivals, KnowsWhatTheLastLookHasSeen) {
  Arrivals arrivals;
  EXPECT_FALSE(arrivals.have({1, 5}));
  look(arrivals, {1, 5});
  EXPECT_TRUE(arrivals.have({1, 5}));
  EXPECT_FALSE(arrivals.have({1, 6}));
}

TEST(Arrivals, ForgetsWhatAFailoverHasTakenBack) {
  Arrivals arrivals;
  look(arrivals, {1, 9});
  look(arrivals, {1, 5});
  EXPECT_FALSE(arrivals.have({1, 9}));
}

TEST(Arrivals, TellsWhatIsHereFromWhatAChangeOfEpochHasLost) {
  Arrivals arrivals;
  EXPECT_FALSE(arrivals.find({1, 5}));
  look(arrivals, {2, 6});
  EXPECT_EQ(arrivals.find({2, 6}), Arrival::here);
  EXPECT_EQ(arrivals.find({1, 5}), Arrival::here);
  EXPECT_EQ(arrivals.find({1, 6}), Arrival::superseded);
  EXPECT_FALSE(arrivals.find({2, 7}));
}

TEST(Arrivals, ReadTheEpochsOnceInEach) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.known_epoch(), 0);
  look(arrivals, {2, 6});
  EXPECT_EQ(arrivals.known_epoch(), 2);
  arrivals.note({{2, 7}, nullptr}, arrivals.heard());
  EXPECT_EQ(arrivals.find({1, 5}), Arrival::here);
  arrivals.wrote({3, 8}, true);
  EXPECT_EQ(arrivals.known_epoch(), 0);
  EXPECT_FALSE(arrivals.find({1, 5})) << "the epochs of this one are not known";
}

TEST(Arrivals, KnowsTheLastWriteOfThisNode) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.written(), Position());
  arrivals.wrote({1, 6}, false);
  arrivals.wrote({1, 5}, false);
  EXPECT_EQ(arrivals.written(), Position(1, 6));
  EXPECT_FALSE(arrivals.have({1, 5}));
}

TEST(Arrivals, HasWhatThisNodeHasCommitted) {
  Arrivals arrivals;
  arrivals.wrote({1, 6}, true);
  EXPECT_TRUE(arrivals.have({1, 6}));
}

TEST(Arrivals, DoubtsWhatIsThereBeforeTheNextPrimaryHasSentAnything) {
  Arrivals arrivals;
  look(arrivals, {1, 5});
  arrivals.look_again();
  EXPECT_TRUE(arrivals.have({1, 5}));
  arrivals.forget();
  EXPECT_FALSE(arrivals.have({1, 5}));
  look(arrivals, {1, 5});
  arrivals.look_again();
  EXPECT_FALSE(arrivals.have({1, 5}));
  look(arrivals, {2, 6});
  arrivals.look_again();
  EXPECT_EQ(arrivals.find({1, 6}), Arrival::superseded);
}

TEST(Arrivals, DoubtsWhatIsThereWhereNothingWasSeenBefore) {
  Arrivals arrivals;
  arrivals.forget();
  look(arrivals, {1, 60});
  arrivals.look_again();
  EXPECT_FALSE(arrivals.have({1, 60}));
  look(arrivals, {1, 55});
  EXPECT_FALSE(arrivals.have({1, 60}));
}

TEST(Arrivals, DoubtsALookThatBeganBeforeAnythingWasSent) {
  Arrivals arrivals;
  arrivals.forget();
  const auto heard = arrivals.heard();
  arrivals.look_again();
  arrivals.note({{1, 60}, kEpochs}, heard);
  EXPECT_FALSE(arrivals.have({1, 60}));
  look(arrivals, {1, 55});
  EXPECT_TRUE(arrivals.have({1, 55}));
}

TEST(Arrivals, DoubtsNothingForLongerWithinOneReign) {
  Arrivals arrivals;
  look(arrivals, {1, 5});
  arrivals.forget();
  arrivals.look_again();
  look(arrivals, {1, 6});
  arrivals.look_again();
  EXPECT_TRUE(arrivals.have({1, 6}));
}

TEST(Arrivals, AreNotWorthASecondLookBeforeSomethingHasComeOrForAWhile) {
  Arrivals arrivals;
  const actors::Time now{std::chrono::seconds(1)};
  EXPECT_TRUE(arrivals.is_worth_a_look(now));
  arrivals.looked_in_vain(arrivals.heard(), now);
  EXPECT_FALSE(arrivals.is_worth_a_look(now + std::chrono::milliseconds(49)));
  EXPECT_TRUE(arrivals.is_worth_a_look(now + std::chrono::milliseconds(50)));
  arrivals.look_again();
  EXPECT_TRUE(arrivals.is_worth_a_look(now));
}

TEST(Arrivals, DoubtsWhatItHasCommittedItselfAsWell) {
  Arrivals arrivals;
  arrivals.wrote({1, 5}, true);
  arrivals.forget();
  look(arrivals, {1, 5});
  arrivals.look_again();
  EXPECT_FALSE(arrivals.have({1, 5}));
}

TEST(Arrivals, LetsOneLookAtATime) {
  Arrivals arrivals;
  {
    const auto first = arrivals.begin_look();
    EXPECT_TRUE(first);
    EXPECT_FALSE(arrivals.begin_look());
  }
  EXPECT_TRUE(arrivals.begin_look());
}

}  // namespace
}  // namespace coppice::db
