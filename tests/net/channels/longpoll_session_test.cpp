#include "net/channels/longpoll_session.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "net/channels/routes.hpp"

namespace coppice::net::channels {
namespace {

using namespace std::chrono_literals;
using Outcome = LongPollSession::Outcome;
using Polled = LongPollSession::Polled;

/// What the channels of a session have seen and can do.
struct Seen {
  std::vector<std::string> ends;
  std::vector<std::string> closes;
  std::weak_ptr<Carrier> carrier;
  std::weak_ptr<Channel> channel;
  std::optional<Port> port;
};

/// Joins everybody, echoes, and pushes what it is told to.
class Echo final : public Channel {
 public:
  Echo(std::shared_ptr<Seen> seen, Port port) : seen_(std::move(seen)), port_(std::move(port)) {}
  void on_join(Payload) override { port_.accept(); }
  void on_event(std::string, Payload payload, Reply reply) override { reply.ok(payload); }
  void on_end(EndReason reason) noexcept override { seen_->ends.emplace_back(to_string(reason)); }

 private:
  std::shared_ptr<Seen> seen_;
  Port port_;
};

Connected echo(const std::shared_ptr<Seen>& seen) {
  Connected connected;
  connected.open = [seen](const Line& line) {
    seen->carrier = line.carrier;
    auto open = [seen](const std::string&, Port port) {
      seen->port = port;
      auto channel = std::make_shared<Echo>(seen, std::move(port));
      seen->channel = channel;
      return channel;
    };
    return std::make_shared<TopicRoutes>(
        std::vector<TopicRoute>{{.pattern = "room:*", .open = open}});
  };
  connected.on_close = [seen](const websocket::CloseInfo& info) {
    seen->closes.emplace_back(to_string(info.cause));
  };
  return connected;
}

PostedFrame text(std::string bytes) { return {PostedFrame::Kind::text, std::move(bytes)}; }

constexpr const char* kJoin = R"(["1","1","room:a","phx_join",{}])";
constexpr std::string_view kJoinedFrame =
    R"(["1","1","room:a","phx_reply",{"status":"ok","response":{}}])";
constexpr const char* kJoined =
    R"(["[\"1\",\"1\",\"room:a\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]"])";

class LongPoll : public ::testing::Test {
 protected:
  void start(std::size_t max_queued_bytes = 1'000'000) {
    session_ = world_.spawn<LongPollSession>(
        LongPollStart{.connected = echo(seen_),
                      .socket = {.on_crash = {}, .origin = {.transport = Transport::longpoll}},
                      .max_queued_bytes = max_queued_bytes,
                      .times = {}});
  }

  Polled poll() {
    auto polled = world_.call(session_, LongPollSession::Poll{}, 12s);
    return polled ? *polled : Polled{Outcome::gone, "down"};
  }

  actors::Result<void> post(std::vector<PostedFrame> frames) {
    return world_.call(session_, LongPollSession::Post{std::move(frames)});
  }

  bool push(const std::string& text) {
    const auto held = seen_->channel.lock();
    return seen_->port->push("note", Payload::json(R"({"text":")" + text + R"("})"));
  }

  std::string describe() {
    std::string out;
    EXPECT_TRUE(world_.runtime().inspect(
        session_.pid(), [&](actors::Cell& cell) { out = cell.actor().describe(); }));
    return out;
  }

  bool alive() { return world_.alive(session_.pid()); }

  actors::testkit::World world_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  actors::Ref<LongPollSession> session_;
};

TEST_F(LongPoll, HandsOutWhatWaitsOldestFirstAndForgetsIt) {
  start();
  ASSERT_TRUE(post({text(kJoin), text(R"(["1","2","room:a","echo",{"x":"\""}])")}));
  const auto polled = poll();
  EXPECT_EQ(polled.outcome, Outcome::messages);
  EXPECT_EQ(polled.messages,
            R"(["[\"1\",\"1\",\"room:a\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]",)"
            R"("[\"1\",\"2\",\"room:a\",\"phx_reply\",)"
            R"({\"status\":\"ok\",\"response\":{\"x\":\"\\\"\"}}]"])");
  const auto asked_at = world_.now();
  EXPECT_EQ(poll().outcome, Outcome::none);
  EXPECT_EQ(world_.now() - asked_at, 10s);
}

/// Asks for a poll without waiting for it.
struct Asker final : actors::Server<Asker> {
  struct Ask {};
  explicit Asker(actors::Ref<LongPollSession> to, std::vector<Polled>* answers)
      : session(to), got(answers) {}
  actors::Task<void> handle(Ask) {
    auto polled = co_await session.call(LongPollSession::Poll{}, 12s);
    got->push_back(polled ? *polled : Polled{Outcome::gone, "down"});
  }
  actors::Ref<LongPollSession> session;
  std::vector<Polled>* got;
};

class WaitingLongPoll : public LongPoll {
 protected:
  void ask() {
    const auto asker = world_.spawn<Asker>(session_, &got_);
    world_.cast(asker, Asker::Ask{}).ignore();
    world_.run();
  }

  std::vector<Polled> got_;
};

TEST_F(WaitingLongPoll, EndsItsWaitWithWhatAPostCauses) {
  start();
  ask();
  EXPECT_TRUE(got_.empty());
  ASSERT_TRUE(post({text(kJoin)}));
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].messages, kJoined);
}

TEST_F(WaitingLongPoll, EndsItsWaitWithWhatComesFromElsewhere) {
  start();
  ASSERT_TRUE(post({text(kJoin)}));
  EXPECT_EQ(poll().outcome, Outcome::messages);
  ask();
  push("one");
  push("two");
  world_.run();
  ASSERT_EQ(got_.size(), 1U);  // both in one answer
  EXPECT_NE(got_[0].messages.find("one"), std::string::npos);
  EXPECT_NE(got_[0].messages.find("two"), std::string::npos);
}

TEST_F(WaitingLongPoll, GivesTheMessagesToTheLaterOfTwo) {
  start();
  ask();
  world_.advance(4s);
  ask();
  ASSERT_TRUE(post({text(kJoin)}));
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].messages, kJoined);
  world_.advance(5s);
  EXPECT_EQ(got_.size(), 1U);
  world_.advance(1s);  // the first one's window
  ASSERT_EQ(got_.size(), 2U);
  EXPECT_EQ(got_[1].outcome, Outcome::none);
}

TEST_F(WaitingLongPoll, GivesNothingToOneThatWasTakenOver) {
  start();
  ask();
  world_.advance(1s);
  ask();
  ASSERT_TRUE(post({text(kJoin)}));
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  push("for the next poll");
  world_.run();
  EXPECT_EQ(got_.size(), 1U);
  EXPECT_EQ(poll().outcome, Outcome::messages);
}

TEST_F(WaitingLongPoll, LetsTheOldestGoWhenTooManyWait) {
  start();
  for (int i = 0; i < 5; ++i) ask();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].outcome, Outcome::none);
}

TEST_F(LongPoll, EndsWithoutPolls) {
  start();
  ASSERT_TRUE(post({text(kJoin)}));
  world_.advance(15s);
  EXPECT_TRUE(alive());
  ASSERT_TRUE(post({text(R"([null,"2","phoenix","heartbeat",{}])")}));  // does not count
  world_.advance(15s);
  EXPECT_FALSE(alive());
  EXPECT_EQ(seen_->ends, std::vector<std::string>{"disconnected"});
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"idle"});
}

TEST_F(LongPoll, LivesAsLongAsItIsPolled) {
  start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(poll().outcome, Outcome::none);
  EXPECT_TRUE(alive());
}

TEST_F(LongPoll, EndsAtOnceWithAMalformedFrame) {
  start();
  ASSERT_TRUE(post({text(kJoin)}));
  EXPECT_EQ(post({text("nonsense"), text(kJoin)}).error(), actors::Errc::malformed);
  EXPECT_FALSE(alive());
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"violation"});
}

TEST_F(WaitingLongPoll, TellsAWaitingPollThatTheSessionIsOver) {
  start();
  ask();
  EXPECT_FALSE(post({text("nonsense")}));
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].outcome, Outcome::gone);
  EXPECT_EQ(got_[0].messages, "");
}

TEST_F(WaitingLongPoll, EndsWhenTheApplicationSaysSo) {
  start();
  ask();
  seen_->carrier.lock()->close(websocket::CloseCode::going_away, "disconnect");
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].outcome, Outcome::gone);
  EXPECT_FALSE(alive());
  EXPECT_TRUE(seen_->carrier.expired());
}

TEST_F(LongPoll, EndsWhenTooMuchWaits) {
  start(1000);
  ASSERT_TRUE(post({text(kJoin)}));
  for (int i = 0; i < 20; ++i) push(std::string(100, 'x'));
  EXPECT_FALSE(alive());
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"overflow"});
}

TEST_F(WaitingLongPoll, TakesAllThatOnePostCauses) {
  start(1000);
  ask();
  std::vector<PostedFrame> frames = {text(kJoin)};
  const auto asked = R"(["1","2","room:a","echo",{"x":")" + std::string(100, 'x') + R"("}])";
  for (int i = 0; i < 20; ++i) frames.push_back(text(asked));
  ASSERT_TRUE(post(std::move(frames)));
  world_.run();
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].outcome, Outcome::messages);
  EXPECT_GT(got_[0].messages.size(), 2000U);
  EXPECT_TRUE(alive());
  for (int i = 0; i < 20; ++i) push(std::string(100, 'x'));  // for which no poll waits
  EXPECT_FALSE(alive());
}

TEST_F(LongPoll, LeavesOutWhatNoClientCouldRead) {
  start();
  ASSERT_TRUE(post({text(kJoin)}));
  EXPECT_EQ(poll().messages, kJoined);
  const auto held = seen_->channel.lock();
  seen_->port->push("bytes", Payload::binary("\xFF"));
  push("text");
  EXPECT_EQ(poll().messages, R"(["[\"1\",null,\"room:a\",\"note\",{\"text\":\"text\"}]"])");
}

TEST_F(WaitingLongPoll, DrainsWithinTheSpread) {
  start();
  ask();
  world_.cast(session_, LongPollSession::Drain{}).ignore();
  world_.advance(1s);
  ASSERT_EQ(got_.size(), 1U);
  EXPECT_EQ(got_[0].outcome, Outcome::gone);
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"draining"});
}

// So that not all clients come back at once.
TEST_F(LongPoll, SpreadsTheEndsOfDrainingSessions) {
  constexpr int kSessions = 200;
  std::vector<actors::Ref<LongPollSession>> sessions;
  for (int n = 0; n < kSessions; ++n) {
    start();
    sessions.push_back(session_);
  }
  for (const auto& session : sessions) world_.cast(session, LongPollSession::Drain{}).ignore();
  const auto closed = [&] { return static_cast<int>(seen_->closes.size()); };
  // Out of a thousand million runs not one is so uneven by chance.
  world_.advance(100ms);
  EXPECT_LT(closed(), kSessions / 3);
  world_.advance(400ms);
  EXPECT_GT(closed(), kSessions / 4);
  EXPECT_LT(closed(), kSessions * 3 / 4);
  world_.advance(400ms);
  EXPECT_GT(closed(), kSessions * 2 / 3);
  world_.advance(100ms);
  EXPECT_EQ(closed(), kSessions);
}

TEST_F(LongPoll, DescribesItsSocketAndHowOftenAPollHasWaited) {
  start();
  EXPECT_EQ(describe(), "longpoll, 0 topics joined, 0 B wait, 0 polls");
  ASSERT_TRUE(post({text(kJoin)}));
  const auto waiting = kJoinedFrame.size();
  EXPECT_EQ(describe(),
            "longpoll, 1 topic joined, " + std::to_string(waiting) + " B wait, 0 polls");
  EXPECT_EQ(poll().outcome, Outcome::messages);
  EXPECT_EQ(poll().outcome, Outcome::none);
  EXPECT_EQ(describe(), "longpoll, 1 topic joined, 0 B wait, 1 polls");
}

TEST_F(LongPoll, EndsItsChannelsHoweverItEnds) {
  start();
  ASSERT_TRUE(post({text(kJoin)}));
  world_.kill(session_.pid());
  EXPECT_EQ(seen_->ends, std::vector<std::string>{"disconnected"});
  EXPECT_EQ(seen_->closes, std::vector<std::string>{"lost"});
  EXPECT_FALSE(push("too late"));
}

}  // namespace
}  // namespace coppice::net::channels
