#include "net/channels/socket.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/channels/routes.hpp"

namespace coppice::net::channels {
namespace {

using Strings = std::vector<std::string>;

class Sink final : public FrameSink {
 public:
  void send(const websocket::Frame& frame) override { sent.emplace_back(frame.payload()); }
  void offer(const websocket::Frame& frame, websocket::Shed shed) override {
    if (shed.allowed()) sheds.push_back(shed);
    send(frame);
  }

  /// What was sent since the last call.
  Strings take() { return std::exchange(sent, {}); }

  Strings sent;
  std::vector<websocket::Shed> sheds;  // of what may be left out
};

/// What channels of a test have heard, and where to reach them.
struct Stage {
  Strings heard;
  std::map<std::string, Port> ports;
  std::map<std::string, Reply> replies;
};

/// Does what events ask for; a topic's name says how it joins.
class Actor final : public Channel {
 public:
  Actor(Stage& stage, std::string topic, Port port)
      : stage_(stage), topic_(std::move(topic)), port_(std::move(port)) {
    stage_.ports.insert_or_assign(topic_, port_);
  }

  void on_join(Payload params) override {
    stage_.heard.push_back(topic_ + " join " + params.bytes);
    if (topic_ == "room:late") return;
    if (topic_ == "room:crash") throw std::runtime_error("a bug");
    if (topic_ == "room:no") {
      port_.refuse(Payload::json(R"({"reason":"no"})"));
      return;
    }
    if (topic_ == "room:eager") port_.push("early", {});
    port_.accept();
    if (topic_ == "room:eager") port_.push("after", {});
  }

  void on_event(std::string event, Payload payload, Reply reply) override {
    stage_.heard.push_back(topic_ + " " + event + " " + payload.bytes);
    if (event == "echo") reply.ok(payload);
    if (event == "fail") reply.error(Payload::json("[\"why\"]"));
    if (event == "later") stage_.replies.insert_or_assign(topic_, reply);
    if (event == "push") port_.push("pushed", payload);
    if (event == "bad_push") port_.push("pushed", Payload::json("[]"));
    if (event == "long") port_.push(std::string(256, 'e'), Payload::binary("x"));
    if (event == "stop") {
      reply.ok();
      port_.close();
    }
    if (event == "crash") throw std::runtime_error("a bug");
  }

  void on_end(EndReason reason) noexcept override {
    stage_.heard.push_back(topic_ + " end " + std::string(to_string(reason)));
    EXPECT_FALSE(port_.push("too late", {}));
  }

 private:
  Stage& stage_;
  std::string topic_;
  Port port_;
};

class ChannelsSocket : public ::testing::Test {
 protected:
  ChannelsSocket() { open(Version::v2); }

  void open(Version version) {
    Socket::Options options;
    options.version = version;
    options.max_channels = 3;
    options.max_waiting_bytes = 2000;
    options.on_crash = std::make_shared<const CrashHandler>(
        [this](const std::string& topic, const std::exception_ptr&) { crashed_.push_back(topic); });
    auto make_actor = [this](const std::string& topic, Port port) -> std::shared_ptr<Channel> {
      if (topic == "room:broken") throw std::runtime_error("cannot be made");
      return std::make_shared<Actor>(stage_, topic, std::move(port));
    };
    std::vector<TopicRoute> routes = {{"room:*", make_actor}, {"exact", make_actor}};
    sink_ = std::make_shared<Sink>();
    socket_ = Socket::make(std::make_shared<TopicRoutes>(std::move(routes)), sink_, options);
  }

  /// Sends one frame; returns the answers.
  Strings exchange(std::string_view frame) {
    EXPECT_TRUE(socket_->receive_text(frame)) << frame;
    return sink_->take();
  }

  /// Joins with join_ref and ref "1", and forgets the answer.
  void join(std::string_view topic) {
    const auto answer = exchange(R"(["1","1",")" + std::string(topic) + R"(","phx_join",{}])");
    EXPECT_EQ(answer.size(), topic == "room:late" ? 0U : 1U);
    stage_.heard.clear();
  }

  Stage stage_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<Socket> socket_;
  Strings crashed_;
};

TEST_F(ChannelsSocket, AnswersHeartbeats) {
  EXPECT_EQ(exchange(R"([null,"7","phoenix","heartbeat",{}])"),
            Strings{R"([null,"7","phoenix","phx_reply",{"status":"ok","response":{}}])"});
  EXPECT_EQ(exchange(R"(["1",8,"phoenix","heartbeat",[1]])"),
            Strings{R"([null,8,"phoenix","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_F(ChannelsSocket, AnswersWhatNobodyTakes) {
  const auto unmatched = [](std::string_view ref, std::string_view topic) {
    return Strings{"[null," + std::string(ref) + "," + std::string(topic) +
                   R"(,"phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"};
  };
  EXPECT_EQ(exchange(R"(["1","2","phoenix","other",{}])"), unmatched("\"2\"", "\"phoenix\""));
  EXPECT_EQ(exchange(R"(["1","2","nowhere","phx_join",{}])"), unmatched("\"2\"", "\"nowhere\""));
  EXPECT_EQ(exchange(R"(["1","2","room","phx_join",{}])"), unmatched("\"2\"", "\"room\""));
  EXPECT_EQ(exchange(R"(["1","2","room:a","new_msg",{}])"), unmatched("\"2\"", "\"room:a\""));
  EXPECT_EQ(exchange(R"(["1",null,"room:a",5,{}])"), unmatched("null", "\"room:a\""));
  EXPECT_EQ(exchange(R"(["1","2",{"a":1},"phx_join",{}])"), unmatched("\"2\"", "{\"a\":1}"));
  EXPECT_EQ(socket_->channel_count(), 0U);
}

TEST_F(ChannelsSocket, JoinsAndPassesEventsOn) {
  EXPECT_EQ(exchange(R"(["3","4","room:a","phx_join",{"p":1}])"),
            Strings{R"(["3","4","room:a","phx_reply",{"status":"ok","response":{}}])"});
  EXPECT_EQ(exchange(R"(["3","5","room:a","echo",{"x":[1, 2]}])"),
            Strings{R"(["3","5","room:a","phx_reply",{"status":"ok","response":{"x":[1,2]}}])"});
  EXPECT_EQ(exchange(R"(["3","6","room:a","fail",{}])"),
            Strings{R"(["3","6","room:a","phx_reply",{"status":"error","response":["why"]}])"});
  EXPECT_EQ(exchange(R"(["3","7","room:a","push",{"y":2}])"),
            Strings{R"(["3",null,"room:a","pushed",{"y":2}])"});
  EXPECT_EQ(stage_.heard, (Strings{"room:a join {\"p\":1}", "room:a echo {\"x\":[1,2]}",
                                   "room:a fail {}", "room:a push {\"y\":2}"}));
}

TEST_F(ChannelsSocket, PassesOnOnlyWhatIsMeantForThisJoin) {
  join("room:a");
  EXPECT_EQ(exchange(R"([null,"2","room:a","echo",{}])").size(), 1U);
  EXPECT_EQ(exchange(R"(["0","3","room:a","echo",{}])"), Strings{});
  EXPECT_EQ(exchange(R"([1,"4","room:a","echo",{}])"), Strings{});
  EXPECT_EQ(stage_.heard, Strings{"room:a echo {}"});
}

TEST_F(ChannelsSocket, TreatsReservedEventsFromClientsLikeAnyOther) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["1","2","room:a","phx_reply",{}])"), Strings{});
  EXPECT_EQ(stage_.heard, Strings{"room:a phx_reply {}"});
}

TEST_F(ChannelsSocket, SendsTheAnswerToAJoinBeforeAllElse) {
  EXPECT_EQ(
      exchange(R"(["1","1","room:eager","phx_join",{}])"),
      (Strings{R"(["1","1","room:eager","phx_reply",{"status":"ok","response":{}}])",
               R"(["1",null,"room:eager","early",{}])", R"(["1",null,"room:eager","after",{}])"}));
}

TEST_F(ChannelsSocket, RefusesJoins) {
  EXPECT_EQ(
      exchange(R"(["1","1","room:no","phx_join",{}])"),
      Strings{R"(["1","1","room:no","phx_reply",{"status":"error","response":{"reason":"no"}}])"});
  EXPECT_EQ(socket_->channel_count(), 0U);
  EXPECT_EQ(stage_.heard.back(), "room:no end refused");
}

TEST_F(ChannelsSocket, AnswersACrashOfAJoin) {
  const std::string crashed =
      R"(","phx_reply",{"status":"error","response":{"reason":"join crashed"}}])";
  EXPECT_EQ(exchange(R"(["1","1","room:crash","phx_join",{}])"),
            Strings{R"(["1","1","room:crash)" + crashed});
  EXPECT_EQ(exchange(R"(["1","1","room:broken","phx_join",{}])"),
            Strings{R"(["1","1","room:broken)" + crashed});
  EXPECT_EQ(crashed_, (Strings{"room:crash", "room:broken"}));
  EXPECT_EQ(socket_->channel_count(), 0U);
}

TEST_F(ChannelsSocket, LimitsItsChannels) {
  for (const auto* topic : {"room:a", "room:b", "room:c"}) join(topic);
  EXPECT_EQ(exchange(R"(["1","1","room:d","phx_join",{}])"),
            Strings{R"(["1","1","room:d","phx_reply",{"status":"error","response":)"
                    R"({"reason":"too many channels joined"}}])"});
  EXPECT_EQ(exchange(R"(["2","2","room:a","phx_join",{}])").size(), 2U);  // takes its own place
  EXPECT_EQ(socket_->channel_count(), 3U);
}

TEST_F(ChannelsSocket, LimitsTheNamesOfTopics) {
  const auto longest = "room:" + std::string(1019, 'a');
  join(longest);
  EXPECT_EQ(socket_->channel_count(), 1U);
  const auto too_long = longest + "a";
  EXPECT_EQ(exchange(R"(["1","1",")" + too_long + R"(","phx_join",{}])"),
            Strings{R"(["1","1",")" + too_long + R"(","phx_reply",{"status":"error","response":)" +
                    R"({"reason":"topic too long"}}])"});
  EXPECT_EQ(socket_->channel_count(), 1U);
}

TEST_F(ChannelsSocket, LeavesWithAReplyAndThenAClose) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["1","2","room:a","phx_leave",{}])"),
            (Strings{R"(["1","2","room:a","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","1","room:a","phx_close",{}])"}));
  EXPECT_EQ(stage_.heard, Strings{"room:a end left"});
  EXPECT_EQ(exchange(R"(["1","3","room:a","phx_leave",{}])"),
            Strings{R"(["1","3","room:a","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_F(ChannelsSocket, IgnoresALeaveOfAnEarlierJoin) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["0","2","room:a","phx_leave",{}])"), Strings{});
  EXPECT_EQ(socket_->channel_count(), 1U);
  EXPECT_EQ(exchange(R"([null,"3","room:a","phx_leave",{}])").size(), 2U);
}

TEST_F(ChannelsSocket, ReplacesAChannelThatIsJoinedAgain) {
  join("room:a");
  const auto old_port = stage_.ports.at("room:a");
  EXPECT_EQ(exchange(R"(["9","9","room:a","phx_join",{}])"),
            (Strings{R"(["9","9","room:a","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","1","room:a","phx_close",{}])"}));
  EXPECT_EQ(stage_.heard, (Strings{"room:a end replaced", "room:a join {}"}));
  EXPECT_FALSE(old_port.push("stale", {}));
  const Broadcast broadcast("room:a", "news", {});
  EXPECT_FALSE(old_port.deliver(broadcast));
  EXPECT_TRUE(stage_.ports.at("room:a").deliver(broadcast));
  EXPECT_EQ(sink_->take(), Strings{R"([null,null,"room:a","news",{}])"});
  EXPECT_EQ(exchange(R"(["1","10","room:a","echo",{}])"), Strings{});  // of the earlier join
}

TEST_F(ChannelsSocket, ClosesTheOldChannelEvenIfTheNewJoinIsRefused) {
  EXPECT_EQ(exchange(R"(["1","1","room:late","phx_join",{}])"), Strings{});
  stage_.ports.at("room:late").accept();
  sink_->take();
  EXPECT_EQ(exchange(R"(["2","2","room:late","phx_join",{}])"), Strings{});
  stage_.ports.at("room:late").refuse(Payload::json("{}"));
  EXPECT_EQ(sink_->take(),
            (Strings{R"(["2","2","room:late","phx_reply",{"status":"error","response":{}}])",
                     R"(["1","1","room:late","phx_close",{}])"}));
  EXPECT_EQ(socket_->channel_count(), 0U);
}

TEST_F(ChannelsSocket, TakesJoinsWithoutAJoinRef) {
  EXPECT_EQ(exchange(R"([null,"5","room:a","phx_join",{}])"),
            Strings{R"([null,"5","room:a","phx_reply",{"status":"ok","response":{}}])"});
  EXPECT_EQ(exchange(R"([null,"6","room:a","echo",{}])"),
            Strings{R"(["5","6","room:a","phx_reply",{"status":"ok","response":{}}])"});
  EXPECT_EQ(exchange(R"(["5","7","room:a","echo",{}])"), Strings{});
  EXPECT_EQ(exchange(R"([null,"8","room:a","phx_leave",{}])"),
            (Strings{R"(["5","8","room:a","phx_reply",{"status":"ok","response":{}}])",
                     R"([null,null,"room:a","phx_close",{}])"}));
}

TEST_F(ChannelsSocket, EndsAChannelThatWasJoinedWithoutAJoinRefWithNullRefs) {
  EXPECT_EQ(exchange(R"([null,"5","room:a","phx_join",{}])").size(), 1U);
  EXPECT_EQ(exchange(R"([null,"6","room:a","push",{"y":2}])"),
            Strings{R"(["5",null,"room:a","pushed",{"y":2}])"});
  EXPECT_EQ(exchange(R"([null,"7","room:a","crash",{}])"),
            Strings{R"([null,null,"room:a","phx_error",{"reason":"channel_crash"}])"});
}

TEST_F(ChannelsSocket, TakesTheSameJoinRefTwice) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["1","1","room:a","phx_join",{}])"),
            (Strings{R"(["1","1","room:a","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","1","room:a","phx_close",{}])"}));
  EXPECT_EQ(exchange(R"(["1","2","room:a","echo",{}])").size(), 1U);
  EXPECT_EQ(socket_->channel_count(), 1U);
}

TEST_F(ChannelsSocket, KnowsNoTopicWhoseChannelHasEnded) {
  for (const auto* end : {"phx_leave", "stop", "crash"}) {
    join("room:a");
    exchange(R"(["1","2","room:a",")" + std::string(end) + R"(",{}])");
    EXPECT_EQ(exchange(R"(["1","3","room:a","echo",{}])"),
              Strings{R"([null,"3","room:a","phx_reply",)"
                      R"({"status":"error","response":{"reason":"unmatched topic"}}])"})
        << end;
  }
}

TEST_F(ChannelsSocket, SendsNothingOfAnEndedChannel) {
  join("room:a");
  const auto port = stage_.ports.at("room:a");
  exchange(R"(["1","2","room:a","phx_leave",{}])");
  const Broadcast broadcast("room:a", "news", {});
  EXPECT_FALSE(port.deliver(broadcast));
  EXPECT_FALSE(port.push("news", {}));
  EXPECT_FALSE(port.close());
  EXPECT_FALSE(port.is_open());
  EXPECT_EQ(sink_->take(), Strings{});
}

TEST_F(ChannelsSocket, TellsWhatMayBeLeftOutForASlowClient) {
  join("room:a");
  const auto port = stage_.ports.at("room:a");
  const auto tell_all = [&] {
    port.push("event", {});
    port.deliver(Broadcast("room:a", "event", {}));
    port.deliver(Broadcast("room:a", "event", {}, "key"));
    exchange(R"(["1","2","room:a","echo",{}])");
  };
  tell_all();
  EXPECT_TRUE(sink_->sheds.empty());
  port.set_slow_clients(SlowClients::drop_oldest);
  tell_all();
  ASSERT_EQ(sink_->sheds.size(), 3U);  // all but the reply
  for (const auto shed : sink_->sheds) EXPECT_FALSE(shed.has_key());
  sink_->sheds.clear();
  port.set_slow_clients(SlowClients::keep_latest);
  tell_all();
  ASSERT_EQ(sink_->sheds.size(), 3U);
  EXPECT_EQ(sink_->sheds[0].key(), sink_->sheds[1].key());
  EXPECT_NE(sink_->sheds[0].key(), sink_->sheds[2].key());
}

TEST_F(ChannelsSocket, AnswersAStopAndThenCloses) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["1","2","room:a","stop",{}])"),
            (Strings{R"(["1","2","room:a","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","1","room:a","phx_close",{}])"}));
  EXPECT_EQ(stage_.heard.back(), "room:a end closed");
}

TEST_F(ChannelsSocket, LosesACrashedChannelAlone) {
  join("room:a");
  join("room:b");
  EXPECT_EQ(exchange(R"(["1","2","room:a","crash",{}])"),
            Strings{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_EQ(crashed_, Strings{"room:a"});
  EXPECT_EQ(stage_.heard, (Strings{"room:a crash {}", "room:a end crashed"}));
  EXPECT_EQ(exchange(R"(["1","3","room:b","echo",{}])").size(), 1U);
  EXPECT_EQ(exchange(R"(["4","4","room:a","phx_join",{}])").size(), 1U);
}

TEST_F(ChannelsSocket, CountsBadPushesAndEventsAsCrashes) {
  for (const auto* event : {R"("bad_push")", R"("long")", "5", "null"}) {
    join("room:a");
    EXPECT_EQ(exchange(R"(["1","2","room:a",)" + std::string(event) + ",{}]"),
              Strings{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"})
        << event;
  }
}

TEST_F(ChannelsSocket, CrashesAChannelFromOutside) {
  join("room:a");
  EXPECT_TRUE(stage_.ports.at("room:a").crash());
  EXPECT_EQ(sink_->take(), Strings{R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_FALSE(stage_.ports.at("room:a").crash());
  EXPECT_TRUE(crashed_.empty());
}

TEST_F(ChannelsSocket, KeepsAReplyForLater) {
  join("room:a");
  EXPECT_EQ(exchange(R"(["1","2","room:a","later",{}])"), Strings{});
  EXPECT_TRUE(stage_.replies.at("room:a").send("maybe", Payload::json("1")));
  EXPECT_EQ(sink_->take(),
            Strings{R"(["1","2","room:a","phx_reply",{"status":"maybe","response":1}])"});
  exchange(R"(["1","3","room:a","phx_leave",{}])");
  EXPECT_FALSE(stage_.replies.at("room:a").ok());
  EXPECT_EQ(sink_->take(), Strings{});
}

TEST_F(ChannelsSocket, AnswersInOrderWhatWaitsForAJoin) {
  join("room:late");
  EXPECT_EQ(exchange(R"(["1","2","room:late","echo",{}])"), Strings{});
  EXPECT_EQ(exchange(R"(["1","3","room:late","phx_leave",{}])"), Strings{});
  EXPECT_EQ(exchange(R"(["4","4","room:late","phx_join",{}])"), Strings{});
  EXPECT_EQ(exchange(R"(["4","5","room:late","echo",{}])"), Strings{});
  EXPECT_EQ(exchange(R"([null,"6","phoenix","heartbeat",{}])").size(), 1U);  // not held up
  const Broadcast broadcast("room:late", "news", {});
  EXPECT_TRUE(stage_.ports.at("room:late").deliver(broadcast));
  EXPECT_EQ(sink_->take(), Strings{});

  EXPECT_TRUE(stage_.ports.at("room:late").accept());
  EXPECT_EQ(sink_->take(),
            (Strings{R"(["1","1","room:late","phx_reply",{"status":"ok","response":{}}])",
                     R"([null,null,"room:late","news",{}])",
                     R"(["1","2","room:late","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","3","room:late","phx_reply",{"status":"ok","response":{}}])",
                     R"(["1","1","room:late","phx_close",{}])"}));
  EXPECT_TRUE(stage_.ports.at("room:late").accept());
  EXPECT_EQ(sink_->take(),
            (Strings{R"(["4","4","room:late","phx_reply",{"status":"ok","response":{}}])",
                     R"(["4","5","room:late","phx_reply",{"status":"ok","response":{}}])"}));
}

TEST_F(ChannelsSocket, AnswersWhatHasWaitedForARefusedJoin) {
  join("room:late");
  exchange(R"(["1","2","room:late","echo",{}])");
  exchange(R"(["1","3","room:late","phx_leave",{}])");
  EXPECT_TRUE(stage_.ports.at("room:late").refuse({}));
  const auto answers = sink_->take();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_NE(answers[1].find("unmatched topic"), std::string::npos);
  EXPECT_NE(answers[2].find(R"("status":"ok")"), std::string::npos);
}

TEST_F(ChannelsSocket, BoundsWhatWaitsForAJoin) {
  join("room:late");
  actors::Result<void> received;
  for (int i = 0; i < 20 && received; ++i) {
    received = socket_->receive_text(R"(["1","2","room:late","echo",{"some":"payload"}])");
  }
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, actors::Errc::overloaded);
}

TEST_F(ChannelsSocket, BoundsWhatAChannelSendsBeforeItHasJoined) {
  join("room:late");
  const Broadcast broadcast("room:late", "news", {});
  for (int i = 0; i < 1001; ++i) stage_.ports.at("room:late").deliver(broadcast);
  const auto answers = sink_->take();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_NE(answers[0].find("join crashed"), std::string::npos);
}

TEST_F(ChannelsSocket, RefusesMalformedFrames) {
  EXPECT_EQ(socket_->receive_text("x").error().code, actors::Errc::malformed);
  EXPECT_EQ(socket_->receive_binary("x").error().code, actors::Errc::malformed);
  open(Version::v1);
  EXPECT_EQ(socket_->receive_binary("x").error().code, actors::Errc::unsupported);
}

TEST_F(ChannelsSocket, RoutesBinaryFramesLikeTextAndAnswersInKind) {
  using std::string_literals::operator""s;
  join("room:a");
  ASSERT_TRUE(
      socket_->receive_binary("\0\1\1\6\4"
                              "12room:aecho\xFF\0"s));
  EXPECT_EQ(sink_->take(), Strings{"\1\1\1\6\2"
                                   "12room:aok\xFF\0"s});
  ASSERT_TRUE(
      socket_->receive_binary("\0\0\1\6\4"
                              "2room:aecho"s));  // "" is not null: stale
  EXPECT_EQ(sink_->take(), Strings{});
  ASSERT_TRUE(
      socket_->receive_binary("\0\0\1\7\11"
                              "3phoenixheartbeat"s));
  EXPECT_EQ(sink_->take(),
            Strings{R"([null,"3","phoenix","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_F(ChannelsSocket, SpeaksV1) {
  open(Version::v1);
  EXPECT_EQ(
      exchange(R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})"),
      Strings{
          R"({"topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"})"});
  const Broadcast binary("room:a", "bytes", Payload::binary("x"));
  EXPECT_TRUE(stage_.ports.at("room:a").deliver(binary));
  EXPECT_EQ(sink_->take(), Strings{});
  EXPECT_EQ(exchange(R"({"topic":"room:a","event":"phx_leave","payload":{},"ref":"2"})").back(),
            R"({"topic":"room:a","event":"phx_close","payload":{},"ref":null})");
}

TEST_F(ChannelsSocket, EndsAV1ChannelWithNullRefs) {
  open(Version::v1);
  const auto say = [this](const std::string& event, const std::string& ref) {
    return exchange(R"({"topic":"room:a","event":")" + event + R"(","payload":{},"ref":")" + ref +
                    R"("})");
  };
  EXPECT_EQ(say("phx_join", "1").size(), 1U);
  EXPECT_EQ(
      say("stop", "2"),
      (Strings{
          R"({"topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"2"})",
          R"({"topic":"room:a","event":"phx_close","payload":{},"ref":null})"}));
  EXPECT_EQ(say("phx_join", "3").size(), 1U);
  EXPECT_EQ(
      say("crash", "4"),
      Strings{
          R"({"topic":"room:a","event":"phx_error","payload":{"reason":"channel_crash"},"ref":null})"});
}

TEST_F(ChannelsSocket, SaysHowManyBytesAPushHasBesideItsPayload) {
  join("room:a");
  const auto port = stage_.ports.at("room:a");
  const std::string frame = R"(["1",null,"room:a","news",{}])";
  EXPECT_EQ(port.push_overhead("news"), frame.size() - 2);
  exchange(R"(["1","2","room:a","phx_leave",{}])");
  EXPECT_EQ(port.push_overhead("news"), 0U);
}

TEST_F(ChannelsSocket, EndsAllChannelsWithTheConnection) {
  join("room:a");
  join("room:late");
  socket_->disconnect();
  socket_->disconnect();
  EXPECT_EQ(socket_->channel_count(), 0U);
  EXPECT_EQ(stage_.heard.size(), 2U);
  EXPECT_TRUE(stage_.heard[0].ends_with("end disconnected"));
  EXPECT_EQ(exchange(R"(["1","1","room:b","phx_join",{}])"), Strings{});
  socket_.reset();
  EXPECT_FALSE(stage_.ports.at("room:a").push("gone", {}));
}

}  // namespace
}  // namespace coppice::net::channels
