#include "actors/reply.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

class Waiting final : public PendingCall {
 public:
  void on_reply(void* result) noexcept override { answer = *static_cast<Result<int>*>(result); }
  std::optional<Result<int>> answer;
};

TEST(PendingCalls, GivesACallOnceUnderItsId) {
  PendingCalls calls;
  Waiting call;
  const auto id = calls.add(call);
  EXPECT_EQ(calls.take(id), &call);
  EXPECT_EQ(calls.take(id), nullptr);
}

TEST(PendingCalls, ForgetsACallAndMayForgetItTwice) {
  PendingCalls calls;
  Waiting call;
  const auto id = calls.add(call);
  calls.remove(id);
  calls.remove(id);
  EXPECT_EQ(calls.take(id), nullptr);
}

TEST(PendingCalls, NeverConfusesACallWithALaterOneInItsPlace) {
  PendingCalls calls;
  Waiting first;
  Waiting second;
  const auto old = calls.add(first);
  calls.remove(old);
  const auto young = calls.add(second);
  EXPECT_NE(old, young);
  EXPECT_EQ(calls.take(old), nullptr);
  EXPECT_EQ(calls.take(young), &second);
}

TEST(PendingCalls, HoldsManyAtOnce) {
  PendingCalls calls;
  std::vector<std::unique_ptr<Waiting>> waiting;
  std::map<std::uint64_t, Waiting*> ids;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      waiting.push_back(std::make_unique<Waiting>());
      ids[calls.add(*waiting.back())] = waiting.back().get();
    }
    EXPECT_EQ(ids.size(), 100U);
    for (const auto& [id, call] : ids) EXPECT_EQ(calls.take(id), call);
    ids.clear();
  }
}

/// Collects what arrives, here or from elsewhere.
class Sink final : public ReplySink {
 public:
  [[nodiscard]] bool is_here() const noexcept override { return true; }
  bool complete(std::uint64_t id, void* result) noexcept override {
    if (!waits) return false;
    answers.emplace_back(id, *static_cast<Result<int>*>(result));
    return true;
  }
  void post_reply(std::unique_ptr<Envelope> /*envelope*/) noexcept override {}
  void late_reply() noexcept override { ++late; }

  bool waits = true;
  int late = 0;
  std::vector<std::pair<std::uint64_t, Result<int>>> answers;
};

class ReplyToTest : public testing::Test {
 protected:
  ReplyTo<int> token() { return {sink_, 7, Time(std::chrono::seconds(1))}; }
  Sink sink_;
};

TEST_F(ReplyToTest, AnswersOnce) {
  auto reply = token();
  EXPECT_TRUE(reply);
  reply.answer(3);
  EXPECT_FALSE(reply);
  reply.answer(4);
  ASSERT_EQ(sink_.answers.size(), 1U);
  EXPECT_EQ(sink_.answers[0].first, 7U);
  EXPECT_EQ(sink_.answers[0].second, 3);
}

TEST_F(ReplyToTest, DestroyedUnansweredSaysDropped) {
  {
    const auto reply = token();
  }
  ASSERT_EQ(sink_.answers.size(), 1U);
  EXPECT_EQ(sink_.answers[0].second.error(), Errc::dropped);
}

TEST_F(ReplyToTest, DestroyedUnansweredSaysWhatTheInnermostScopeSays) {
  const DropScope outer{Error(Errc::noproc)};
  {
    const ExitReason gone = ExitReason::custom("gone");
    const DropScope inner(gone);
    std::ignore = token();
  }
  std::ignore = token();
  ASSERT_EQ(sink_.answers.size(), 2U);
  EXPECT_EQ(sink_.answers[0].second.error(), Errc::down);
  EXPECT_EQ(sink_.answers[0].second.error().context, "custom(gone)");
  EXPECT_EQ(sink_.answers[1].second.error(), Errc::noproc);
}

TEST_F(ReplyToTest, AnswersWhatItReplacesWhenItIsAssignedTo) {
  auto reply = token();
  reply = ReplyTo<int>(sink_, 8, Time::max());
  ASSERT_EQ(sink_.answers.size(), 1U);
  EXPECT_EQ(sink_.answers[0].first, 7U);
  auto moved = std::move(reply);
  moved.answer(1);
  EXPECT_EQ(sink_.answers.size(), 2U);
}

TEST_F(ReplyToTest, CountsAnAnswerThatNobodyWaitsFor) {
  sink_.waits = false;
  token().answer(1);
  EXPECT_EQ(sink_.late, 1);
}

TEST_F(ReplyToTest, KnowsWhetherItsCallerHasGivenUp) {
  const auto reply = token();
  EXPECT_FALSE(reply.expired(reply.deadline()));
  EXPECT_TRUE(reply.expired(reply.deadline() + Duration(1)));
}

}  // namespace
}  // namespace coppice::actors
