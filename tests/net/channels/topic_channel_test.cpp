#include "net/channels/topic_channel.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/describe/class.hpp>
#include <gtest/gtest.h>

#include "actors/presence/json.hpp"
#include "actors/presence/presence.hpp"
#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"
#include "net/channels/routes.hpp"
#include "net/channels/socket.hpp"

namespace coppice::net::channels {
namespace {

using namespace std::chrono_literals;
using actors::pubsub::Probe;
using Strings = std::vector<std::string>;

struct Say {
  std::string text;
  std::optional<int> times;
};
BOOST_DESCRIBE_STRUCT(Say, (), (text, times))

/// What a test's channels note, and what a test does to them.
struct Notes : ClientContext {
  mutable Strings heard{};
  mutable std::function<void()> callback{};
};

class Chat final : public TopicChannel<Chat> {
 public:
  Chat(Port port, std::shared_ptr<const Notes> notes)
      : TopicChannel(std::move(port), notes), notes_(std::move(notes)) {}

  static void events(EventTable<Chat>& on) {
    on.on("say", &Chat::say);
    on.on("raw", &Chat::raw);
    on.on("whisper", &Chat::whisper);
    on.on("nudge", &Chat::nudge);
    on.on("ask", &Chat::ask);
    on.on("tick", &Chat::tick);
    on.on("once", &Chat::once);
    on.on("calm", &Chat::calm);
    on.on("explode", &Chat::explode);
    on.on("wait", &Chat::wait);
    on.on("update", &Chat::update);
    on.on("stop", &Chat::stop);
    on.on("stop_later", &Chat::stop_later);
  }

  void join(const boost::json::object& params) {
    if (params.contains("no")) return refuse({{"reason", "no"}});
    accept({{"topic", topic()}});
    if (const auto* name = params.if_contains("name")) {
      track(std::string(name->as_string()), {{"is", "here"}});
    }
  }

 private:
  void say(const Say& message, const Reply& reply) {
    for (int n = 0; n < message.times.value_or(1); ++n) broadcast("said", {{"text", message.text}});
    reply.ok();
  }
  void raw(Payload payload) { push("raw", payload); }
  void whisper(const boost::json::object& payload) { broadcast_from("whispered", payload); }
  void nudge() { notes_->heard.emplace_back("nudged"); }
  void ask(const Reply& reply) { reply.ok({{"answer", 42}}); }
  void tick() {
    timer_ = send_every(10ms, [this] { push("tick", {{"n", ++ticks_}}); });
  }
  void once() {
    send_after(10ms, [this] { push("once"); });
  }
  void calm() { cancel(timer_); }
  void explode() {
    send_after(10ms, [] { throw std::runtime_error("boom"); });
  }
  void wait() {
    notes_->callback = whenever([this] { push("woken"); });
  }
  void update() { update_presence({{"is", "away"}}); }
  void stop() { close(); }
  void stop_later() {
    send_every(10ms, [this] {
      close();
      push("too late");
    });
  }
  void leave(EndReason reason) noexcept override {
    notes_->heard.push_back("left " + std::string(to_string(reason)));
  }

  std::shared_ptr<const Notes> notes_;
  TimerId timer_{};
  int ticks_ = 0;
};

/// Accepts when it is told to, and listens before.
class Late final : public TopicChannel<Late> {
 public:
  Late(Port port, std::shared_ptr<const Notes> notes)
      : TopicChannel(std::move(port), notes), notes_(std::move(notes)) {}
  void join() {
    listen();
    notes_->callback = whenever([this] { accept(); });
  }

 private:
  std::shared_ptr<const Notes> notes_;
};

class Strict final : public TopicChannel<Strict> {
 public:
  using TopicChannel::TopicChannel;
  void join(const Say& params) { accept({{"text", params.text}}); }

 private:
  void on_broadcast(const Broadcast& broadcast) override {
    if (broadcast.event() == "bad") throw std::runtime_error("bad");
    push("seen", {{"event", broadcast.event()}});
  }
};

class Sink final : public FrameSink {
 public:
  void send(const websocket::Frame& frame) override { sent.emplace_back(frame.payload()); }
  Strings sent;
};

class TopicChannelTest : public testing::Test {
 protected:
  /// A client, its connection's actor, and what it has been sent.
  struct Client {
    actors::Ref<Probe> connection;
    std::shared_ptr<const Notes> notes;
    std::shared_ptr<Sink> sink;
    std::shared_ptr<Socket> socket;
  };

  Client connect() {
    const auto connection = world_.spawn<Probe>();
    auto notes = std::make_shared<Notes>();
    notes->hub = hub_;
    notes->roster = roster_;
    notes->connection = connection.pid();
    ChannelTable<Notes> table;
    table.add<Chat>("chat:*").add<Late>("late").add<Strict>("strict");
    auto sink = std::make_shared<Sink>();
    Socket::Options options;
    options.on_crash = std::make_shared<const CrashHandler>(
        [this](const std::string& topic, const std::exception_ptr&) { crashed_.push_back(topic); });
    return {connection, notes, sink, Socket::make(table.of(notes), sink, options)};
  }

  /// Sends a frame; returns what the client has been sent since the last look.
  Strings exchange(Client& client, const std::string& frame) {
    in(client, [&] { EXPECT_TRUE(client.socket->receive_text(frame)) << frame; });
    return take(client);
  }
  Strings take(Client& client) {
    world_.run();
    return std::exchange(client.sink->sent, {});
  }
  Strings send(Client& client, const std::string& event, const std::string& payload = "{}") {
    return exchange(client, R"(["1","2","chat:a",")" + event + "\"," + payload + "]");
  }
  void join(Client& client, const std::string& params = "{}") {
    EXPECT_EQ(exchange(client, R"(["1","1","chat:a","phx_join",)" + params + "]"),
              Strings{R"(["1","1","chat:a","phx_reply",)"
                      R"({"status":"ok","response":{"topic":"chat:a"}}])"});
  }

  void in(Client& client, const std::function<void()>& what) {
    ASSERT_TRUE(world_.call(client.connection, Probe::Run{[&](Probe&) { what(); }}));
  }

  void start_presence() {
    actors::presence::PresenceOptions options;
    options.encode_diff = [](const actors::presence::Diff& diff) {
      return std::make_shared<const Broadcast>(diff.topic, "presence_diff",
                                               Payload::json(actors::presence::to_json(diff)));
    };
    options.encode_state = [](const actors::presence::TopicState& state) {
      return std::make_shared<const Push>("presence_state",
                                          Payload::json(actors::presence::to_json(state)));
    };
    world_.spawn<actors::presence::Presence>(roster_, hub_, std::move(options));
  }

  actors::testkit::World world_{{.seed = {}}};
  std::shared_ptr<actors::pubsub::Hub> hub_ = actors::pubsub::Hub::make(world_.runtime());
  std::shared_ptr<actors::presence::Roster> roster_ =
      actors::presence::Roster::make(world_.runtime());
  Strings crashed_;
};

const Strings kOk = {R"(["1","2","chat:a","phx_reply",{"status":"ok","response":{}}])"};

TEST_F(TopicChannelTest, HandsPayloadsOverInTheFormThatAHandlerAsksFor) {
  auto ann = connect();
  join(ann);
  EXPECT_EQ(send(ann, "say", R"({"text":"hi","times":2,"more":[1]})"),
            (Strings{R"([null,null,"chat:a","said",{"text":"hi"}])",
                     R"([null,null,"chat:a","said",{"text":"hi"}])", kOk[0]}));
  EXPECT_EQ(send(ann, "raw", R"({"as":[1, 2]})"),
            Strings{R"(["1",null,"chat:a","raw",{"as":[1,2]}])"});
  EXPECT_EQ(send(ann, "ask"),
            Strings{R"(["1","2","chat:a","phx_reply",{"status":"ok","response":{"answer":42}}])"});
  EXPECT_EQ(send(ann, "nudge", "5"), Strings{});
  EXPECT_EQ(ann.notes->heard, Strings{"nudged"});
}

TEST_F(TopicChannelTest, AnswersPayloadsThatDoNotFit) {
  auto ann = connect();
  join(ann);
  for (const auto* payload : {"{}", R"({"text":1})", R"({"text":null})", "[]", "null", "\"text\"",
                              R"({"text":"a","times":"many"})"}) {
    EXPECT_EQ(send(ann, "say", payload),
              Strings{R"(["1","2","chat:a","phx_reply",)"
                      R"({"status":"error","response":{"reason":"malformed payload"}}])"})
        << payload;
  }
  EXPECT_EQ(send(ann, "say", R"({"text":"a","times":null})").size(), 2U);
}

TEST_F(TopicChannelTest, RefusesJoinsWhoseParamsDoNotFit) {
  auto ann = connect();
  EXPECT_EQ(exchange(ann, R"(["1","1","strict","phx_join",{}])"),
            Strings{R"(["1","1","strict","phx_reply",)"
                    R"({"status":"error","response":{"reason":"malformed params"}}])"});
  EXPECT_EQ(exchange(ann, R"(["1","1","strict","phx_join",{"text":"x"}])"),
            Strings{R"(["1","1","strict","phx_reply",{"status":"ok","response":{"text":"x"}}])"});
}

TEST_F(TopicChannelTest, CountsAnEventThatItDoesNotKnowAsACrash) {
  auto ann = connect();
  join(ann);
  EXPECT_EQ(send(ann, "nonsense"),
            Strings{R"(["1","1","chat:a","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_EQ(crashed_, Strings{"chat:a"});
  EXPECT_EQ(ann.notes->heard, Strings{"left crashed"});
  join(ann);
}

TEST_F(TopicChannelTest, ReachesAllMembersOrAllButItself) {
  auto ann = connect();
  auto bob = connect();
  join(ann);
  join(bob);
  send(ann, "say", R"({"text":"hi"})");
  send(ann, "whisper", R"({"text":"psst"})");
  EXPECT_EQ(take(bob), (Strings{R"([null,null,"chat:a","said",{"text":"hi"}])",
                                R"([null,null,"chat:a","whispered",{"text":"psst"}])"}));
  EXPECT_EQ(take(ann), Strings{});
}

TEST_F(TopicChannelTest, IsSubscribedAsLongAsItLasts) {
  auto ann = connect();
  EXPECT_EQ(exchange(ann, R"(["1","1","chat:a","phx_join",{"no":1}])").size(), 1U);
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  join(ann);
  EXPECT_EQ(hub_->stats().subscriptions, 1U);
  EXPECT_EQ(exchange(ann, R"(["1","3","chat:a","phx_leave",{}])").size(), 2U);
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  join(ann);
  in(ann, [&] { ann.socket->disconnect(); });
  EXPECT_EQ(hub_->stats().subscriptions, 0U);
  EXPECT_EQ(ann.notes->heard, (Strings{"left refused", "left left", "left disconnected"}));
}

TEST_F(TopicChannelTest, GetsOnceWhatIsBroadcastAfterADuplicateJoin) {
  auto ann = connect();
  join(ann);
  EXPECT_EQ(exchange(ann, R"(["5","5","chat:a","phx_join",{}])").size(), 2U);
  EXPECT_EQ(exchange(ann, R"(["5","6","chat:a","say",{"text":"hi"}])").size(), 2U);
}

TEST_F(TopicChannelTest, SendsAfterTheAnswerWhatWasBroadcastBeforeIt) {
  auto ann = connect();
  EXPECT_EQ(exchange(ann, R"(["1","1","late","phx_join",{}])"), Strings{});
  hub_->broadcast("late", std::make_shared<const Broadcast>("late", "news", Payload()));
  EXPECT_EQ(take(ann), Strings{});
  in(ann, ann.notes->callback);
  EXPECT_EQ(take(ann), (Strings{R"(["1","1","late","phx_reply",{"status":"ok","response":{}}])",
                                R"([null,null,"late","news",{}])"}));
}

TEST_F(TopicChannelTest, DecidesASecondJoinAfterTheFirst) {
  auto ann = connect();
  EXPECT_EQ(exchange(ann, R"(["1","1","late","phx_join",{}])"), Strings{});
  const auto accept_first = ann.notes->callback;
  EXPECT_EQ(exchange(ann, R"(["2","2","late","phx_join",{}])"), Strings{});
  in(ann, accept_first);
  EXPECT_EQ(take(ann), Strings{R"(["1","1","late","phx_reply",{"status":"ok","response":{}}])"});
  in(ann, accept_first);  // over by now
  EXPECT_EQ(take(ann), Strings{});
  in(ann, ann.notes->callback);
  EXPECT_EQ(take(ann), (Strings{R"(["2","2","late","phx_reply",{"status":"ok","response":{}}])",
                                R"(["1","1","late","phx_close",{}])"}));
  EXPECT_EQ(hub_->stats().subscriptions, 1U);
}

TEST_F(TopicChannelTest, CallsNobodyBackWhoseChannelIsOver) {
  auto ann = connect();
  join(ann);
  send(ann, "wait");
  in(ann, ann.notes->callback);
  EXPECT_EQ(take(ann), Strings{R"(["1",null,"chat:a","woken",{}])"});
  exchange(ann, R"(["1","3","chat:a","phx_leave",{}])");
  in(ann, ann.notes->callback);
  EXPECT_EQ(take(ann), Strings{});
}

TEST_F(TopicChannelTest, HasTimersThatEndWithIt) {
  auto ann = connect();
  join(ann);
  send(ann, "once");
  send(ann, "tick");
  world_.advance(25ms);
  EXPECT_EQ(take(ann),
            (Strings{R"(["1",null,"chat:a","once",{}])", R"(["1",null,"chat:a","tick",{"n":1}])",
                     R"(["1",null,"chat:a","tick",{"n":2}])"}));
  send(ann, "calm");
  world_.advance(25ms);
  EXPECT_EQ(take(ann), Strings{});
  send(ann, "tick");
  send(ann, "once");
  exchange(ann, R"(["1","3","chat:a","phx_leave",{}])");
  world_.advance(25ms);
  EXPECT_EQ(take(ann), Strings{});
}

TEST_F(TopicChannelTest, MayEndFromItsOwnTimer) {
  auto ann = connect();
  join(ann);
  send(ann, "stop_later");
  world_.advance(50ms);
  EXPECT_EQ(take(ann), Strings{R"(["1","1","chat:a","phx_close",{}])"});
  EXPECT_EQ(ann.notes->heard, Strings{"left closed"});
}

TEST_F(TopicChannelTest, CrashesAloneFromATimer) {
  auto ann = connect();
  join(ann);
  EXPECT_EQ(exchange(ann, R"(["7","7","chat:b","phx_join",{}])").size(), 1U);
  send(ann, "explode");
  world_.advance(10ms);
  EXPECT_EQ(take(ann), Strings{R"(["1","1","chat:a","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_EQ(crashed_, Strings{"chat:a"});
  EXPECT_TRUE(world_.alive(ann.connection.pid()));
  EXPECT_EQ(exchange(ann, R"(["7","8","chat:b","ask",{}])").size(), 1U);
}

TEST_F(TopicChannelTest, CrashesAloneFromABroadcast) {
  auto ann = connect();
  auto bob = connect();
  for (auto* each : {&ann, &bob}) {
    EXPECT_EQ(exchange(*each, R"(["1","1","strict","phx_join",{"text":""}])").size(), 1U);
  }
  hub_->broadcast("strict", std::make_shared<const Broadcast>("strict", "good", Payload()));
  EXPECT_EQ(take(ann), Strings{R"(["1",null,"strict","seen",{"event":"good"}])"});
  hub_->broadcast("strict", std::make_shared<const Broadcast>("strict", "bad", Payload()));
  EXPECT_EQ(take(ann), Strings{R"(["1","1","strict","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_TRUE(world_.alive(ann.connection.pid()));
  EXPECT_EQ(crashed_, (Strings{"strict", "strict"}));
}

TEST_F(TopicChannelTest, IsPresentUntilItEnds) {
  start_presence();
  auto ann = connect();
  auto bob = connect();
  join(bob);
  const auto joined = exchange(ann, R"(["1","1","chat:a","phx_join",{"name":"ann"}])");
  ASSERT_GE(joined.size(), 2U);
  EXPECT_NE(joined[0].find("phx_reply"), std::string::npos);
  EXPECT_EQ(std::ranges::count_if(joined,
                                  [](const auto& frame) {
                                    return frame.starts_with(
                                        R"(["1",null,"chat:a","presence_state",{"ann":{"metas":)");
                                  }),
            1);
  world_.advance(1s);
  take(bob);
  send(ann, "update");
  world_.advance(1s);
  const auto updated = take(bob);
  ASSERT_EQ(updated.size(), 1U);
  EXPECT_NE(updated[0].find(R"("is":"away")"), std::string::npos);
  send(ann, "stop");
  world_.advance(1s);
  const auto left = take(bob);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_NE(left[0].find(R"("joins":{},"leaves":{"ann")"), std::string::npos);
  EXPECT_EQ(roster_->count(), 0U);
}

}  // namespace
}  // namespace coppice::net::channels
