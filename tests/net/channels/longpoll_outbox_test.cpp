#include "net/channels/longpoll_outbox.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

using websocket::Frame;
using websocket::Shed;

class Outbox : public ::testing::Test {
 protected:
  /// Ten bytes: `name` and dots.
  static Frame frame(std::string name) {
    name.resize(10, '.');
    return Frame::text(name);
  }

  std::string waiting() { return outbox_.take().value_or("nothing"); }

  int told_ = 0;
  std::shared_ptr<websocket::SlowClientStats> stats_ =
      std::make_shared<websocket::SlowClientStats>();
  LongPollOutbox outbox_{40, [this] { ++told_; }, stats_};
};

TEST_F(Outbox, TellsOnceOfWhatWaits) {
  outbox_.send(frame("a"));
  outbox_.send(frame("b"));
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(waiting(), R"(["a.........","b........."])");
  EXPECT_EQ(waiting(), "nothing");
  outbox_.attend();
  outbox_.send(frame("c"));
  EXPECT_EQ(told_, 2);
}

TEST_F(Outbox, EndsWithAFrameTooMany) {
  for (const auto* name : {"a", "b", "c", "d", "e"}) outbox_.send(frame(name));
  ASSERT_TRUE(outbox_.ending());
  EXPECT_EQ(outbox_.ending()->cause, websocket::CloseCause::overflow);
  EXPECT_EQ(waiting(), "nothing");
  EXPECT_EQ(stats_->closed, 1U);
}

TEST_F(Outbox, TakesOneFrameOfAnySize) {
  outbox_.send(Frame::text(std::string(1000, 'x')));
  EXPECT_FALSE(outbox_.ending());
}

TEST_F(Outbox, TakesMoreWhileAPollWaits) {
  outbox_.set_awaited(true);
  outbox_.offer(frame("a"), Shed::oldest());
  for (const auto* name : {"b", "c", "d", "e"}) outbox_.send(frame(name));
  EXPECT_EQ(waiting(), R"(["a.........","b.........","c.........","d.........","e........."])");
  outbox_.set_awaited(false);
  for (const auto* name : {"a", "b", "c", "d", "e"}) outbox_.send(frame(name));
  EXPECT_TRUE(outbox_.ending());
}

TEST_F(Outbox, TakesNoMoreThanAnAnswerMayHoldWhileAPollWaits) {
  outbox_.set_awaited(true);
  outbox_.send(frame("a"));
  outbox_.send(Frame::text(std::string(LongPollOutbox::kMostInAnAnswer, 'x')));
  EXPECT_TRUE(outbox_.ending());
}

TEST_F(Outbox, LeavesOutTheOldestThatMayBe) {
  outbox_.send(frame("a"));
  outbox_.offer(frame("b"), Shed::oldest());
  outbox_.offer(frame("c"), Shed::oldest());
  outbox_.send(frame("d"));
  outbox_.send(frame("e"));
  EXPECT_EQ(waiting(), R"(["a.........","c.........","d.........","e........."])");
  EXPECT_EQ(stats_->dropped, 1U);
}

TEST_F(Outbox, LeavesOutAFrameThatMayBeRatherThanEnd) {
  for (const auto* name : {"a", "b", "c", "d"}) outbox_.send(frame(name));
  outbox_.offer(frame("e"), Shed::oldest());
  EXPECT_FALSE(outbox_.ending());
  EXPECT_EQ(stats_->dropped, 1U);
  EXPECT_EQ(outbox_.bytes(), 40U);
}

TEST_F(Outbox, KeepsTheLatestOfEachKey) {
  const auto x = Shed::all_but_latest("x", "room:a");
  const auto y = Shed::all_but_latest("y", "room:a");
  outbox_.offer(frame("x1"), x);
  outbox_.offer(frame("y1"), y);
  outbox_.offer(frame("x2"), x);
  outbox_.send(frame("a"));
  outbox_.send(frame("b"));
  EXPECT_EQ(waiting(), R"(["y1........","x2........","a.........","b........."])");
  EXPECT_EQ(stats_->superseded, 1U);
  EXPECT_EQ(stats_->dropped, 0U);
}

}  // namespace
}  // namespace coppice::net::channels
