#include "actors/presence/state.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/fold.hpp"

namespace coppice::actors::presence {
namespace {

class StateTest : public testing::Test {
 protected:
  EntryPtr entry(std::string key, std::string topic = "room") {
    return std::make_shared<const Entry>(Entry{.topic = std::move(topic),
                                               .key = std::move(key),
                                               .meta = "{}",
                                               .ref = MetaRef(0, ++refs_)});
  }
  static std::vector<std::string> keys(const State& state, std::string_view topic = "room") {
    std::vector<std::string> out;
    for (const auto& each : state.list(topic).entries) out.push_back(each->key);
    return out;
  }
  using Keys = std::vector<std::string>;
  using Topics = std::set<std::string>;

  State a_{{"a", 1}};
  State b_{{"b", 1}};
  std::uint64_t refs_ = 0;
};

TEST_F(StateTest, ListsWhoIsTrackedByKey) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(entry("bob")));
  ASSERT_TRUE(a_.track(ann));
  ASSERT_TRUE(a_.track(entry("bob")));
  ASSERT_TRUE(a_.track(entry("eve", "hall")));
  EXPECT_EQ(keys(a_), (Keys{"ann", "bob", "bob"}));
  EXPECT_EQ(a_.count("room"), 3U);
  EXPECT_EQ(a_.count(), 4U);
  EXPECT_EQ(a_.topic_count(), 2U);

  ASSERT_TRUE(a_.untrack(ann->ref));
  EXPECT_EQ(keys(a_), (Keys{"bob", "bob"}));
  EXPECT_EQ(keys(a_, "nowhere"), Keys{});
}

TEST_F(StateTest, RefusesWhatIsTrackedTwiceOrNotAtAll) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  EXPECT_EQ(a_.track(ann).error(), Errc::already_present);
  EXPECT_EQ(a_.untrack(MetaRef(9, 9)).error(), Errc::not_found);
  EXPECT_EQ(a_.update(MetaRef(9, 9), entry("ann")).error(), Errc::not_found);
  EXPECT_EQ(a_.update(ann->ref, ann).error(), Errc::already_present);
  EXPECT_EQ(keys(a_), Keys{"ann"});
}

TEST_F(StateTest, TellsOthersWhatHasChangedSinceTheLastDelta) {
  EXPECT_TRUE(a_.take_delta().empty());
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  auto changes = b_.merge(a_.take_delta());
  EXPECT_EQ(changes.joins, std::vector<EntryPtr>{ann});
  EXPECT_TRUE(changes.leaves.empty());

  ASSERT_TRUE(a_.untrack(ann->ref));
  changes = b_.merge(a_.take_delta());
  EXPECT_EQ(changes.leaves, std::vector<EntryPtr>{ann});
  EXPECT_TRUE(a_.take_delta().empty());
  EXPECT_EQ(keys(b_), Keys{});
}

TEST_F(StateTest, AnUpdateIsOneChangeEverywhere) {
  const auto old = entry("ann");
  const auto next = entry("ann");
  ASSERT_TRUE(a_.track(old));
  b_.merge(a_.take_delta());
  ASSERT_TRUE(a_.update(old->ref, next));
  const auto changes = b_.merge(a_.take_delta());
  EXPECT_EQ(changes.joins, std::vector<EntryPtr>{next});
  EXPECT_EQ(changes.leaves, std::vector<EntryPtr>{old});
  EXPECT_EQ(keys(b_), Keys{"ann"});
}

TEST_F(StateTest, MergingAgainChangesNothing) {
  ASSERT_TRUE(a_.track(entry("ann")));
  const Delta delta = a_.take_delta();
  EXPECT_FALSE(b_.merge(delta).empty());
  EXPECT_TRUE(b_.merge(delta).empty());
  EXPECT_TRUE(b_.merge(a_.extract()).empty());
}

TEST_F(StateTest, ARemovalThatOvertakesItsAdditionWins) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  const Delta added = a_.take_delta();
  ASSERT_TRUE(a_.untrack(ann->ref));
  const Delta removed = a_.take_delta();
  EXPECT_TRUE(b_.merge(removed).empty());
  EXPECT_TRUE(b_.merge(added).empty());
  EXPECT_EQ(keys(b_), Keys{});
}

TEST_F(StateTest, AMemberTrackedAgainSurvivesALateRemoval) {
  const auto first = entry("ann");
  ASSERT_TRUE(a_.track(first));
  b_.merge(a_.take_delta());
  ASSERT_TRUE(a_.untrack(first->ref));
  const Delta removal = a_.take_delta();
  ASSERT_TRUE(a_.track(entry("ann")));
  b_.merge(a_.take_delta());
  b_.merge(removal);
  EXPECT_EQ(keys(b_), Keys{"ann"});
  EXPECT_EQ(b_.count(), 1U);
}

TEST_F(StateTest, AnExtractMakesGoodWhatWasLost) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  b_.merge(a_.take_delta());
  ASSERT_TRUE(a_.untrack(ann->ref));
  std::ignore = a_.take_delta();  // lost
  ASSERT_TRUE(a_.track(entry("bob")));
  b_.merge(a_.take_delta());
  EXPECT_EQ(keys(b_), (Keys{"ann", "bob"}));
  b_.merge(a_.extract());
  EXPECT_EQ(keys(b_), Keys{"bob"});
}

TEST_F(StateTest, AnExtractInPartsMakesGoodTheSame) {
  for (const auto* name : {"ann", "bob", "eve", "zoe"}) ASSERT_TRUE(a_.track(entry(name)));
  a_.set_count("page", 7);
  const auto cut = entry("old");
  ASSERT_TRUE(a_.track(cut));
  b_.merge(a_.take_delta());
  ASSERT_TRUE(a_.untrack(cut->ref));
  std::ignore = a_.take_delta();  // lost
  ASSERT_TRUE(b_.lacks(a_.self(), a_.position()));
  const auto parts = a_.extract_own(1);
  EXPECT_EQ(parts.size(), 6U);
  for (const auto& part : parts) b_.merge(part);
  EXPECT_EQ(keys(b_), keys(a_));
  EXPECT_EQ(b_.counted("page"), 7U);
  EXPECT_FALSE(b_.lacks(a_.self(), a_.position()));
}

TEST_F(StateTest, AnExtractOfWhichAPartIsMissingIsTakenAsFarAsItGoes) {
  for (const auto* name : {"ann", "bob", "eve"}) ASSERT_TRUE(a_.track(entry(name)));
  auto parts = a_.extract_own(1);
  ASSERT_EQ(parts.size(), 4U);
  b_.merge(parts[0]);
  b_.merge(parts[2]);
  EXPECT_EQ(keys(b_), Keys{"ann"});
  EXPECT_TRUE(b_.lacks(a_.self(), a_.position()));
  for (const auto& part : parts) b_.merge(part);
  EXPECT_EQ(keys(b_), keys(a_));
  EXPECT_EQ(b_.count(), 3U);
}

TEST_F(StateTest, AnOldExtractDoesNotUndoWhatIsNewer) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  const Delta old = a_.extract();
  ASSERT_TRUE(a_.update(ann->ref, entry("ann")));
  ASSERT_TRUE(a_.track(entry("bob")));
  b_.merge(a_.extract());
  EXPECT_TRUE(b_.merge(old).empty());
  EXPECT_EQ(keys(b_), (Keys{"ann", "bob"}));
}

TEST_F(StateTest, NeverLosesItsOwnToOthers) {
  ASSERT_TRUE(a_.track(entry("ann")));
  b_.merge(a_.extract());
  Delta stale = b_.extract();
  ASSERT_TRUE(a_.track(entry("bob")));
  EXPECT_TRUE(a_.merge(stale).empty());
  for (auto& news : stale.news) news.entries.clear();
  EXPECT_TRUE(a_.merge(stale).empty());
  stale.from = {"a", 9};  // another node that bears our name
  EXPECT_TRUE(a_.merge(stale).empty());
  EXPECT_EQ(keys(a_), (Keys{"ann", "bob"}));
}

TEST_F(StateTest, ADownNodesMembersVanishAndComeBackUnchanged) {
  const auto ann = entry("ann");
  ASSERT_TRUE(a_.track(ann));
  b_.merge(a_.take_delta());
  EXPECT_EQ(b_.set_down("a").leaves, std::vector<EntryPtr>{ann});
  EXPECT_TRUE(b_.set_down("a").empty());
  EXPECT_TRUE(b_.set_down("unknown").empty());
  EXPECT_EQ(keys(b_), Keys{});

  const auto changes = b_.merge(Delta{.from = a_.self(), .news = {}});
  EXPECT_EQ(changes.joins, std::vector<EntryPtr>{ann});
  EXPECT_EQ(keys(b_), Keys{"ann"});
}

TEST_F(StateTest, NewsOfADownNodeThroughAnotherStaysHidden) {
  State c({"c", 1});
  ASSERT_TRUE(a_.track(entry("ann")));
  b_.merge(a_.take_delta());
  c.merge(a_.extract());
  b_.set_down("a");
  ASSERT_TRUE(a_.track(entry("bob")));
  c.merge(a_.take_delta());
  EXPECT_TRUE(b_.merge(c.extract()).empty());
  EXPECT_EQ(keys(b_), Keys{});
  EXPECT_EQ(b_.merge(Delta{.from = a_.self(), .news = {}}).joins.size(), 2U);
}

TEST_F(StateTest, NewsOfANodeThatWasNeverHeardItselfIsIgnored) {
  State c({"c", 1});
  ASSERT_TRUE(a_.track(entry("ann")));
  c.merge(a_.take_delta());
  EXPECT_TRUE(b_.merge(c.extract()).empty());
  b_.merge(Delta{.from = a_.self(), .news = {}});
  EXPECT_EQ(b_.merge(c.extract()).joins.size(), 1U);
}

TEST_F(StateTest, AForgottenNodeStaysForgottenUntilItIsHeard) {
  State c({"c", 1});
  ASSERT_TRUE(a_.track(entry("ann")));
  c.merge(a_.extract());
  b_.merge(a_.take_delta());
  EXPECT_EQ(b_.forget("a").leaves.size(), 1U);
  EXPECT_TRUE(b_.merge(c.extract()).empty());
  EXPECT_EQ(b_.merge(a_.extract()).joins.size(), 1U);
}

TEST_F(StateTest, ARestartedNodesOldMembersVanishWithItsFirstWord) {
  ASSERT_TRUE(a_.track(entry("ann")));
  b_.merge(a_.take_delta());
  const Delta late = a_.extract();
  const State restarted({"a", 2});
  EXPECT_EQ(b_.merge(Delta{.from = restarted.self(), .news = {}}).leaves.size(), 1U);
  EXPECT_TRUE(b_.merge(late).empty());
  EXPECT_EQ(keys(b_), Keys{});
}

TEST_F(StateTest, LateMailFromBeforeARestartBringsNobodyBack) {
  const Delta late = a_.extract();
  State restarted({"a", 2});
  ASSERT_TRUE(restarted.track(entry("ann")));
  b_.merge(restarted.take_delta());
  b_.set_down("a");
  EXPECT_TRUE(b_.merge(late).empty());
  EXPECT_EQ(keys(b_), Keys{});
}

TEST_F(StateTest, MembersThatARestartedNodeBringsBackDoNotFlicker) {
  const auto ann = entry("ann");
  const auto bob = entry("bob");
  ASSERT_TRUE(a_.track(ann));
  ASSERT_TRUE(a_.track(bob));
  b_.merge(a_.take_delta());
  State restarted({"a", 2});
  ASSERT_TRUE(restarted.track(bob));
  const auto changes = b_.merge(restarted.take_delta());
  EXPECT_TRUE(changes.joins.empty());
  EXPECT_EQ(changes.leaves, std::vector<EntryPtr>{ann});
  EXPECT_EQ(keys(b_), Keys{"bob"});
}

TEST_F(StateTest, CountsTheMembersOfAllReplicas) {
  EXPECT_EQ(a_.counted("page"), 0U);
  a_.set_count("page", 3);
  b_.set_count("page", 2);
  b_.set_count("other", 1);
  EXPECT_EQ(b_.merge(a_.take_delta()).recounted, Topics{"page"});
  EXPECT_EQ(a_.merge(b_.take_delta()).recounted, (Topics{"other", "page"}));
  for (const State* state : {&a_, &b_}) {
    EXPECT_EQ(state->counted("page"), 5U);
    EXPECT_EQ(state->counted("other"), 1U);
  }
  EXPECT_EQ(a_.count(), 0U);
}

TEST_F(StateTest, ACountThatIsSaidAgainIsNoNews) {
  a_.set_count("page", 3);
  const Delta delta = a_.take_delta();
  a_.set_count("page", 3);
  EXPECT_TRUE(a_.take_delta().empty());
  b_.merge(delta);
  EXPECT_TRUE(b_.merge(delta).empty());
  EXPECT_TRUE(b_.merge(a_.extract()).empty());
}

TEST_F(StateTest, ANewerCountReplacesAnOlderOneInWhateverOrderTheyArrive) {
  a_.set_count("page", 1);
  const Delta first = a_.take_delta();
  a_.set_count("page", 2);
  const Delta second = a_.take_delta();
  a_.set_count("page", 3);
  const Delta third = a_.take_delta();
  b_.merge(first);
  b_.merge(third);  // which does not speak of the first
  EXPECT_EQ(b_.counted("page"), 3U);
  b_.merge(second);
  b_.merge(first);
  EXPECT_EQ(b_.counted("page"), 3U);

  State c({"c", 1});
  c.merge(third);
  c.merge(second);
  c.merge(first);
  EXPECT_EQ(c.counted("page"), 3U);
}

TEST_F(StateTest, ACountOfNoneOvertakesWhatCameBefore) {
  a_.set_count("page", 1);
  const Delta one = a_.take_delta();
  a_.set_count("page", 0);
  b_.merge(a_.take_delta());
  EXPECT_TRUE(b_.merge(one).empty());
  EXPECT_EQ(b_.counted("page"), 0U);
  EXPECT_TRUE(b_.all_counted().empty());
}

TEST_F(StateTest, ADownNodesCountIsMissingUntilItIsHeard) {
  a_.set_count("page", 3);
  b_.set_count("page", 1);
  b_.merge(a_.take_delta());
  EXPECT_EQ(b_.set_down("a").recounted, Topics{"page"});
  EXPECT_EQ(b_.counted("page"), 1U);
  EXPECT_EQ(b_.merge(Delta{.from = a_.self(), .news = {}}).recounted, Topics{"page"});
  EXPECT_EQ(b_.counted("page"), 4U);
  b_.forget("a");
  EXPECT_EQ(b_.counted("page"), 1U);
}

TEST_F(StateTest, ARestartedNodesOldCountIsReplacedByItsFirstWord) {
  a_.set_count("page", 3);
  b_.merge(a_.take_delta());
  const Delta late = a_.extract();
  State restarted({"a", 2});
  restarted.set_count("page", 1);
  b_.merge(restarted.take_delta());
  EXPECT_EQ(b_.counted("page"), 1U);
  EXPECT_TRUE(b_.merge(late).empty());
  EXPECT_EQ(b_.counted("page"), 1U);
}

TEST_F(StateTest, NeverLosesItsOwnCountToOthers) {
  a_.set_count("page", 3);
  b_.merge(a_.extract());
  Delta stale = b_.extract();
  a_.set_count("page", 4);
  for (auto& news : stale.news) news.counts.clear();
  EXPECT_TRUE(a_.merge(stale).empty());
  EXPECT_EQ(a_.counted("page"), 4U);
}

TEST_F(StateTest, ASuccessorKnowsOthersAsBeforeAndHasNoMembers) {
  ASSERT_TRUE(a_.track(entry("ann")));
  a_.set_count("page", 2);
  ASSERT_TRUE(b_.track(entry("bob")));
  b_.merge(a_.take_delta());
  State next({"b", 2}, std::move(b_));
  EXPECT_EQ(keys(next), Keys{"ann"});
  EXPECT_EQ(next.counted("page"), 2U);
  EXPECT_TRUE(next.merge(a_.extract()).empty());
}

TEST_F(StateTest, RemovedMembersLeaveNothingBehind) {
  for (int i = 0; i < 1000; ++i) {
    const auto ann = entry("ann");
    ASSERT_TRUE(a_.track(ann));
    ASSERT_TRUE(a_.untrack(ann->ref));
    a_.set_count("page" + std::to_string(i), 2);
    a_.set_count("page" + std::to_string(i), 0);
    b_.merge(a_.take_delta());
  }
  for (const State* state : {&a_, &b_}) {
    for (const auto& news : state->extract().news) {
      EXPECT_TRUE(news.dots.empty());
      EXPECT_TRUE(news.entries.empty());
      EXPECT_TRUE(news.counts.empty());
    }
  }
}

}  // namespace
}  // namespace coppice::actors::presence
