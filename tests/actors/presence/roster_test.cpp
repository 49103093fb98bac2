#include "actors/presence/roster.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::actors::presence {
namespace {

class RosterTest : public testing::Test {
 protected:
  Result<Tracked> track(std::string key, std::string meta = "{}", std::string topic = "room") {
    return roster_->track(owner_, std::move(topic), std::move(key), std::move(meta));
  }

  testkit::World world_;
  std::shared_ptr<Roster> roster_ = Roster::make(world_.runtime());
  Pid owner_{0, 1, 1};
};

TEST_F(RosterTest, KeepsAMemberAsLongAsItsHandle) {
  auto ann = track("ann", R"({"n":1})");
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->entry()->key, "ann");
  EXPECT_EQ(ann->entry()->topic, "room");
  EXPECT_EQ(ann->entry()->meta, R"({"n":1})");
  EXPECT_FALSE(ann->entry()->previous);
  EXPECT_EQ(roster_->count(), 1U);

  Tracked moved = std::move(*ann);
  EXPECT_FALSE(*ann);
  EXPECT_TRUE(moved);
  EXPECT_EQ(roster_->count(), 1U);
  moved.untrack();
  moved.untrack();
  EXPECT_FALSE(moved);
  EXPECT_EQ(roster_->count(), 0U);
}

TEST_F(RosterTest, ReplacingAHandleEndsItsMember) {
  auto ann = track("ann");
  auto bob = track("bob");
  ASSERT_TRUE(ann && bob);
  *ann = std::move(*bob);
  EXPECT_EQ(roster_->count(), 1U);
  EXPECT_EQ(ann->entry()->key, "bob");
}

TEST_F(RosterTest, RefusesTheSameMemberTwice) {
  const auto first = track("ann");
  const auto again = track("ann");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errc::already_present);
  EXPECT_TRUE(track("bob"));
  EXPECT_TRUE(track("ann", "{}", "hall"));
  EXPECT_TRUE(roster_->track(Pid(0, 2, 1), "room", "ann", "{}"));
}

TEST_F(RosterTest, TakesAMemberAgainAfterItHasLeft) {
  auto first = track("ann");
  ASSERT_TRUE(first);
  const MetaRef ref = first->entry()->ref;
  first->untrack();
  const auto again = track("ann");
  ASSERT_TRUE(again);
  EXPECT_NE(again->entry()->ref, ref);
}

TEST_F(RosterTest, GivesEachVersionItsRefAndThatOfTheOneBefore) {
  auto ann = track("ann");
  ASSERT_TRUE(ann);
  const MetaRef first = ann->entry()->ref;
  ASSERT_TRUE(ann->update(R"({"n":2})"));
  EXPECT_NE(ann->entry()->ref, first);
  EXPECT_EQ(ann->entry()->previous, first);
  EXPECT_EQ(ann->entry()->meta, R"({"n":2})");
}

TEST_F(RosterTest, RefusesWhatWouldBreakTheClients) {
  EXPECT_EQ(track("\xFF").error(), Errc::invalid_argument);
  EXPECT_EQ(track("ann", "[]").error(), Errc::invalid_argument);
  EXPECT_EQ(track("ann", "{\"\xFF\":1}").error(), Errc::invalid_argument);
  EXPECT_EQ(track("ann", "{}", "\xC0").error(), Errc::invalid_argument);
  EXPECT_EQ(roster_->count(), 0U);

  auto ann = track("ann");
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->update("null").error(), Errc::invalid_argument);
  EXPECT_EQ(ann->entry()->meta, "{}");
  ann->untrack();
  EXPECT_EQ(ann->update("{}").error(), Errc::not_found);
}

TEST_F(RosterTest, TakesAnyUtf8AsKey) {
  for (const std::string& key :
       {std::string(), std::string("__proto__"), std::string("\"\0\n", 3), std::string("😀")}) {
    const auto tracked = track(key);
    ASSERT_TRUE(tracked);
    EXPECT_EQ(tracked->entry()->key, key);
  }
}

TEST_F(RosterTest, OutlivesItsWorldWithMembersInIt) {
  auto ann = track("ann");
  ASSERT_TRUE(ann);
  const auto keep = roster_;
  roster_.reset();
  EXPECT_EQ(keep->count(), 1U);
  ann->untrack();
  EXPECT_EQ(keep->count(), 0U);
}

}  // namespace
}  // namespace coppice::actors::presence
