#include "app/cluster/presence_messages.hpp"

#include <gtest/gtest.h>

#include "actors/presence/state.hpp"

namespace coppice::app::cluster {
namespace {

using actors::presence::Delta;
using actors::presence::Entry;
using actors::presence::EntryPtr;
using actors::presence::MetaRef;
using actors::presence::Replica;
using actors::presence::State;

EntryPtr entry(const std::string& key, std::uint64_t number) {
  return std::make_shared<const Entry>(
      Entry{.topic = "room", .key = key, .meta = R"({"a":"ä"})", .ref = MetaRef(1, number)});
}

/// Has @p to learn what @p delta says, by way of bytes.
void tell(State& to, const Delta& delta) {
  const auto read = delta_from_bytes(delta.from.node, delta_to_bytes(delta));
  ASSERT_TRUE(read) << read.error().message();
  to.merge(*read);
}

class PresenceMessagesTest : public testing::Test {
 protected:
  State a_{Replica{"a", 7}};
  State b_{Replica{"b", 9}};
};

TEST_F(PresenceMessagesTest, WhoComesChangesAndGoesIsSeenElsewhere) {
  ASSERT_TRUE(a_.track(entry("ann", 1)));
  ASSERT_TRUE(a_.track(entry("bob", 2)));
  a_.set_count("page", 3);
  tell(b_, a_.take_delta());
  EXPECT_EQ(b_.count("room"), 2U);
  EXPECT_EQ(b_.counted("page"), 3U);
  const auto seen = b_.list("room").entries.front();
  EXPECT_EQ(seen->meta, R"({"a":"ä"})");
  EXPECT_EQ(seen->ref, MetaRef(1, 1));
  EXPECT_FALSE(seen->previous);

  auto changed = *entry("ann", 3);
  changed.previous = MetaRef(1, 1);
  ASSERT_TRUE(a_.update(MetaRef(1, 1), std::make_shared<const Entry>(changed)));
  ASSERT_TRUE(a_.untrack(MetaRef(1, 2)));
  tell(b_, a_.take_delta());
  ASSERT_EQ(b_.count("room"), 1U);
  EXPECT_EQ(b_.list("room").entries.front()->previous, MetaRef(1, 1));
}

TEST_F(PresenceMessagesTest, AnExtractMakesGoodWhatWasLost) {
  ASSERT_TRUE(a_.track(entry("ann", 1)));
  const auto lost = a_.take_delta();
  EXPECT_FALSE(lost.empty());
  EXPECT_TRUE(b_.lacks(a_.self(), a_.position()));
  for (const auto& part : a_.extract_own(1)) tell(b_, part);
  EXPECT_EQ(b_.count("room"), 1U);
  EXPECT_FALSE(b_.lacks(a_.self(), a_.position()));
}

TEST_F(PresenceMessagesTest, OfThirdNodesNothingIsSaidOn) {
  ASSERT_TRUE(a_.track(entry("ann", 1)));
  b_.merge(a_.extract());
  State c{Replica{"c", 1}};
  tell(c, b_.extract());
  EXPECT_EQ(c.count(), 0U);
}

TEST_F(PresenceMessagesTest, ANodeThatHasNothingSaysThatItIsThere) {
  const auto read = delta_from_bytes("a", delta_to_bytes({.from = a_.self(), .news = {}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->from, a_.self());
}

TEST_F(PresenceMessagesTest, WhatCantBeReadIsRefused) {
  EXPECT_FALSE(delta_from_bytes("a", "nonsense"));
  ASSERT_TRUE(a_.track(entry("ann", 1)));
  auto bytes = delta_to_bytes(a_.take_delta());
  const auto ref = bytes.find(MetaRef(1, 1).text());
  ASSERT_NE(ref, std::string::npos);
  bytes[ref] = '!';
  EXPECT_FALSE(delta_from_bytes("a", bytes));
}

}  // namespace
}  // namespace coppice::app::cluster
