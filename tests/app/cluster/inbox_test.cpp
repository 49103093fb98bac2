#include "app/cluster/inbox.hpp"

#include <gtest/gtest.h>

#include "app/cluster/outbox.hpp"
#include "db/codec.hpp"

namespace coppice::app::cluster {
namespace {

class InboxTest : public testing::Test {
 protected:
  /// The letters that a message takes.
  std::vector<std::string> pack(Outbox& outbox, std::string_view body,
                                const std::string& subject = "all", Kind kind = Kind::broadcast) {
    std::vector<std::string> letters;
    outbox.pack(kNewestVersion, subject, kind, body,
                [&letters](std::string letter) { letters.push_back(std::move(letter)); });
    return letters;
  }

  /// What they make.
  std::vector<std::string> open(const std::vector<std::string>& letters,
                                const std::string& subject = "all") {
    std::vector<std::string> bodies;
    for (const auto& letter : letters) {
      if (auto received = inbox_.open(subject, letter, now_))
        bodies.push_back(std::move(received->body));
    }
    return bodies;
  }

  [[nodiscard]] static std::string long_body() {
    std::string body;
    while (body.size() < 2 * Outbox::kMostBytes + 1) body += std::to_string(body.size());
    return body;
  }

  using Bodies = std::vector<std::string>;
  std::shared_ptr<const Seal> seal_ = std::make_shared<const Seal>(std::string(64, 's'));
  Outbox outbox_{{"a", 1}, seal_};
  Inbox inbox_{{"b", 1}, seal_};
  actors::Time now_{std::chrono::hours(1)};
};

TEST_F(InboxTest, GivesWhatHasBeenSentAndByWhom) {
  const auto letters = pack(outbox_, "hello");
  ASSERT_EQ(letters.size(), 1U);
  const auto received = inbox_.open("all", letters.front(), now_);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->from, (Sender{"a", 1}));
  EXPECT_EQ(received->kind, Kind::broadcast);
  EXPECT_EQ(received->body, "hello");
}

TEST_F(InboxTest, AnEmptyMessageIsOne) { EXPECT_EQ(open(pack(outbox_, "")), Bodies{""}); }

TEST_F(InboxTest, ALongMessageTakesSeveralLettersAndIsOneAgain) {
  const auto body = long_body();
  const auto letters = pack(outbox_, body);
  EXPECT_EQ(letters.size(), 3U);
  EXPECT_EQ(open(letters), Bodies{body});
}

TEST_F(InboxTest, WhatComesTwiceCountsOnce) {
  const auto letters = pack(outbox_, "hello");
  EXPECT_EQ(open(letters), Bodies{"hello"});
  EXPECT_EQ(open(letters), Bodies{});
  EXPECT_EQ(inbox_.counts().repeated, 1U);
}

TEST_F(InboxTest, WhatIsLostIsCounted) {
  open(pack(outbox_, "one"));
  pack(outbox_, "two");
  pack(outbox_, "three");
  EXPECT_EQ(open(pack(outbox_, "four")), Bodies{"four"});
  EXPECT_EQ(inbox_.counts().lost, 2U);
}

TEST_F(InboxTest, WhatCameBeforeThisNodeListenedIsNotLost) {
  pack(outbox_, "one");
  EXPECT_EQ(open(pack(outbox_, "two")), Bodies{"two"});
  EXPECT_EQ(inbox_.counts().lost, 0U);
}

TEST_F(InboxTest, AMessageOfWhichAPartIsLostIsDroppedWhole) {
  for (std::size_t lost = 0; lost < 3; ++lost) {
    auto letters = pack(outbox_, long_body());
    letters.erase(letters.begin() + static_cast<std::ptrdiff_t>(lost));
    EXPECT_EQ(open(letters), Bodies{}) << lost;
    EXPECT_EQ(open(pack(outbox_, "next")), Bodies{"next"}) << lost;
  }
}

TEST_F(InboxTest, PartsOfDifferentMessagesAreNeverPutTogether) {
  const auto first = pack(outbox_, long_body());
  const auto second = pack(outbox_, long_body());
  EXPECT_EQ(open({first[0], first[1], second[2]}), Bodies{});
}

TEST_F(InboxTest, LettersToOneNodeAreNumberedByThemselves) {
  open(pack(outbox_, "one"));
  open(pack(outbox_, "for b", "to.b"), "to.b");
  EXPECT_EQ(open(pack(outbox_, "two")), Bodies{"two"});
  EXPECT_EQ(inbox_.counts().lost, 0U);
}

TEST_F(InboxTest, AnotherStartOfANodeBeginsAnew) {
  open(pack(outbox_, "one"));
  Outbox again({"a", 2}, seal_);
  EXPECT_EQ(open(pack(again, "anew")), Bodies{"anew"});
  EXPECT_EQ(inbox_.counts().lost, 0U);
  EXPECT_EQ(open(pack(outbox_, "late mail")), Bodies{});
}

TEST_F(InboxTest, AStartThatIsOverGivesWayToOneWithAnEarlierClock) {
  Outbox late({"a", 9}, seal_);
  open(pack(late, "one"));
  EXPECT_EQ(open(pack(outbox_, "too early")), Bodies{});
  now_ += kStartIsOver + std::chrono::seconds(1);
  EXPECT_EQ(open(pack(outbox_, "anew")), Bodies{"anew"});
  EXPECT_EQ(open(pack(outbox_, "more")), Bodies{"more"});
}

TEST_F(InboxTest, WhatThisNodeHasSentItselfIsNotForIt) {
  Outbox own({"b", 1}, seal_);
  EXPECT_EQ(open(pack(own, "echo")), Bodies{});
  EXPECT_EQ(inbox_.counts().received, 0U);
}

TEST_F(InboxTest, StrangersAreCounted) {
  Outbox stranger({"a", 1}, std::make_shared<const Seal>(std::string(64, 't')));
  EXPECT_EQ(open(pack(stranger, "hello")), Bodies{});
  EXPECT_EQ(open({"", "nonsense"}), Bodies{});
  EXPECT_EQ(inbox_.counts().strange, 3U);
}

TEST_F(InboxTest, OtherVersionsAreCounted) {
  const Letter letter{.version = kNewestVersion + 1, .node = "a", .body = {}};
  EXPECT_EQ(open({seal_->seal("all", db::to_bytes(letter)), seal_->seal("all", "nonsense")}),
            Bodies{});
  EXPECT_EQ(inbox_.counts().unknown, 2U);
}

TEST_F(InboxTest, WhatNodesAreIsReadInTheFirstVersionWhateverTheySpeak) {
  std::vector<std::string> letters;
  const auto keep = [&letters](std::string letter) { letters.push_back(std::move(letter)); };
  outbox_.pack(kNewestVersion + 1, "all", Kind::status, "status", keep);
  outbox_.pack(kNewestVersion + 1, "all", Kind::broadcast, "broadcast", keep);
  outbox_.pack(kNewestVersion + 1, "all", Kind::farewell, "farewell", keep);
  EXPECT_EQ(open(letters), (Bodies{"status", "farewell"}));
  EXPECT_EQ(inbox_.counts().unknown, 1U);
}

TEST_F(InboxTest, AMessageBeyondTheLimitIsLostAndNothingElseIs) {
  const std::string body(Inbox::kMostBytes + 1, 'x');
  EXPECT_EQ(open(pack(outbox_, body)), Bodies{});
  EXPECT_EQ(inbox_.counts().lost, 1U);
  EXPECT_EQ(open(pack(outbox_, "next")), Bodies{"next"});
}

TEST_F(InboxTest, RemembersNoMoreSendersThanItMay) {
  for (std::size_t n = 0; n <= Inbox::kMostTracks; ++n) {
    now_ += std::chrono::milliseconds(1);
    Outbox other({"node" + std::to_string(n), 1}, seal_);
    open(pack(other, "hello"));
  }
  // The first has been forgotten: what it sends next is taken for its first.
  Outbox first({"node0", 1}, seal_);
  EXPECT_EQ(open(pack(first, "again")), Bodies{"again"});
}

}  // namespace
}  // namespace coppice::app::cluster
