// What becomes of more than one answer to a poll may hold.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "net/channels/longpoll_outbox.hpp"
#include "net/channels/longpoll_session.hpp"
#include "net/channels/routes.hpp"

namespace coppice::net::channels {
namespace {

using namespace std::chrono_literals;
using Outcome = LongPollSession::Outcome;
using Polled = LongPollSession::Polled;

constexpr std::size_t kMost = LongPollOutbox::kMostInAnAnswer;

/// Joins everybody, and pushes what the test has it push.
struct Pusher final : Channel {
  explicit Pusher(Port to) : port(std::move(to)) {}
  void on_join(Payload /*payload*/) override { port.accept(); }
  void on_event(std::string /*event*/, Payload /*payload*/, Reply /*reply*/) override {}
  void on_end(EndReason /*reason*/) noexcept override {}
  Port port;
};

/// Polls once.
struct Poller final : actors::Server<Poller> {
  struct Ask {};
  Poller(actors::Ref<LongPollSession> to, std::vector<Polled>* answers)
      : session(to), got(answers) {}
  actors::Task<void> handle(Ask /*message*/) {
    auto polled = co_await session.call(LongPollSession::Poll{}, 12s);
    got->push_back(polled ? *polled : Polled{Outcome::gone, "down"});
  }
  actors::Ref<LongPollSession> session;
  std::vector<Polled>* got;
};

class LongPollLargeAnswer : public ::testing::Test {
 protected:
  LongPollLargeAnswer() {
    Connected connected;
    connected.open = [this](const Line& /*line*/) {
      auto open = [this](const std::string&, Port port) {
        channel_ = std::make_shared<Pusher>(std::move(port));
        return channel_;
      };
      return std::make_shared<TopicRoutes>(
          std::vector<TopicRoute>{{.pattern = "room:*", .open = open}});
    };
    connected.on_close = [this](const websocket::CloseInfo& info) { closed_ = info; };
    session_ = world_.spawn<LongPollSession>(LongPollStart{.connected = std::move(connected),
                                                           .socket = {},
                                                           .slow_clients = slow_clients_,
                                                           .times = {}});
    LongPollSession::Post join{{{PostedFrame::Kind::text, R"(["1","1","room:a","phx_join",{}])"}}};
    EXPECT_TRUE(world_.call(session_, std::move(join)));
    poll();
    EXPECT_EQ(answers_.size(), 1U);
    answers_.clear();
  }

  /// Begins a poll, which waits unless there is something for it.
  void poll() {
    const auto poller = world_.spawn<Poller>(session_, &answers_);
    world_.cast(poller, Poller::Ask{}).ignore();
    world_.run();
  }

  void push(std::size_t bytes) {
    EXPECT_TRUE(channel_->port.push(
        "note", Payload::json(R"({"x":")" + std::string(bytes, 'x') + R"("})")));
  }

  actors::testkit::World world_;
  std::shared_ptr<websocket::SlowClientStats> slow_clients_ =
      std::make_shared<websocket::SlowClientStats>();
  std::shared_ptr<Pusher> channel_;
  std::optional<websocket::CloseInfo> closed_;
  std::vector<Polled> answers_;
  actors::Ref<LongPollSession> session_;
};

TEST_F(LongPollLargeAnswer, IsWholeIfItIsOneFrame) {
  poll();
  push(kMost + 1);
  world_.run();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_.front().outcome, Outcome::messages);
  EXPECT_GT(answers_.front().messages.size(), kMost + 1);
  EXPECT_TRUE(world_.alive(session_.pid()));
}

// They come in one turn, so there is no answer between them.
TEST_F(LongPollLargeAnswer, EndsTheSessionIfItIsSeveralFrames) {
  poll();
  push(kMost / 2);
  push(kMost / 2);
  world_.run();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_.front().outcome, Outcome::gone) << "so that the client begins anew at once";
  ASSERT_TRUE(closed_);
  EXPECT_EQ(closed_->cause, websocket::CloseCause::overflow);
  EXPECT_EQ(closed_->code, websocket::CloseCode::try_later);
  EXPECT_EQ(slow_clients_->closed, 1U);
  EXPECT_FALSE(world_.alive(session_.pid()));
}

TEST_F(LongPollLargeAnswer, IsSeveralAnswersIfThereIsAPollForEach) {
  for (int i = 0; i < 3; ++i) {
    poll();
    push(kMost / 2);
    world_.run();
  }
  ASSERT_EQ(answers_.size(), 3U);
  for (const auto& answer : answers_) EXPECT_EQ(answer.outcome, Outcome::messages);
  EXPECT_TRUE(world_.alive(session_.pid()));
}

}  // namespace
}  // namespace coppice::net::channels
