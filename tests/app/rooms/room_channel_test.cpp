#include "app/rooms/room_channel.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "app/rooms/realtime.hpp"
#include "app/rooms/test_client.hpp"
#include "db/database_world.hpp"
#include "net/channels/routes.hpp"

namespace coppice::app::rooms {
namespace {

using namespace std::chrono_literals;
using net::channels::Payload;

/// Keeps what is said, and not what is hinted.
class Chat final : public net::channels::TopicChannel<Chat, HistoryChannel> {
 public:
  using TopicChannel::TopicChannel;
  static void events(net::channels::EventTable<Chat>& on) {
    on.on("say", &Chat::say);
    on.on("hint", &Chat::hint);
  }
  void join(const boost::json::object& params) {
    follow(params, [this](const boost::json::object& response) { accept(response); });
  }

 private:
  void say(Payload payload, const net::channels::Reply& reply) {
    broadcast_kept("said", std::move(payload), reply);
  }
  void hint(Payload payload) { broadcast("hinted", std::move(payload)); }
};

class RoomChannelTest : public db::DatabaseWorldTest {
 protected:
  RoomChannelTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    add_message_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
    history_ = std::make_shared<const History>(*database_, realtime_.hub, bounds_, tracer_);
    start_worker("presence", presence_child(realtime_));
  }

  void start_worker(const std::string& name, const supervisor::ChildSpec& spec) {
    auto place = world_.runtime().root()->child(name, supervisor::ChildType::worker, "");
    const auto outcome = world_.start(spec.start, {.place = std::move(place)});
    ASSERT_TRUE(outcome.ok());
    world_.run();
  }
  void start_historian() {
    start_worker("historian", supervisor::worker<Historian>("historian", history_));
  }

  std::unique_ptr<TestClient> connect(net::channels::Version version = net::channels::Version::v2) {
    Client client{
        {.hub = realtime_.hub, .roster = realtime_.roster, .connection = {}}, "ann", nullptr, {}};
    net::channels::ChannelTable<Client> table;
    table.add<RoomChannel>("room:*", history_, true);
    table.add<Chat>("chat", history_);
    return std::make_unique<TestClient>(
        world_, std::move(client), [table](const ClientPtr& whose) { return table.of(whose); },
        version);
  }

  static std::string to_room(const std::string& ref, const std::string& event,
                             const std::string& payload) {
    return R"(["1",")" + ref + R"(","room:a",")" + event + "\"," + payload + "]";
  }

  void suspend_readers() {
    suspend("readers/reader-1");
    suspend("readers/reader-2");
  }

  void keep(const std::string& topic, const Frames& payloads) {
    KeepMessages command{.messages = {}, .now = 1'800'000'000, .bounds = bounds_};
    for (const auto& payload : payloads) {
      command.messages.push_back({.topic = topic, .event = "shout", .payload = payload});
    }
    db::must(execute(std::move(command)));
  }

  static bool has_frame(const Frames& frames, const std::string& part) {
    return std::ranges::any_of(
        frames, [&](const auto& frame) { return frame.find(part) != std::string::npos; });
  }

  const HistoryBounds bounds_{.most_messages = 1000, .most_bytes = 10'000'000};
  const tracing::TracerPtr tracer_ = std::make_shared<tracing::Tracer>(1);
  Realtime realtime_ = make_realtime(world_.runtime(), true, "node");
  HistoryPtr history_;
};

const std::string kFollow = R"({"history":true})";

TEST_F(RoomChannelTest, BeginsATraceWithEachMessageThatIsKept) {
  start_historian();
  const auto ann = connect();
  ann->send({to_room("1", "phx_join", "{}"), to_room("2", "shout", R"({"n":1})"),
             to_room("3", "whisper", R"({"n":2})")});
  world_.advance(1s);
  ann->take();
  auto spans = tracer_->take(tracing::Tracer::kMostWaiting);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "write");
  EXPECT_EQ(spans[0].parent, spans[1].id);
  EXPECT_EQ(std::get<std::string>(spans[0].attributes.at(0).value), KeepMessages::kName);
  EXPECT_EQ(spans[0].attributes.at(1).key, "coppice.position");
  EXPECT_EQ(spans[1].name, "keep a message");
  EXPECT_EQ(spans[1].parent, tracing::SpanId{});
  EXPECT_EQ(std::get<std::string>(spans[1].attributes.at(0).value), "shout");
}

TEST_F(RoomChannelTest, HandlesWhatWasSentBeforeTheHistoryWasRead) {
  start_historian();
  const auto ann = connect();
  auto frames =
      ann->send({to_room("1", "phx_join", kFollow),
                 to_room("2", "update_meta", R"({"typing":true})"), to_room("3", "ping", "{}")});
  world_.advance(1s);
  std::ranges::move(ann->take(), std::back_inserter(frames));
  ASSERT_FALSE(frames.empty());
  EXPECT_TRUE(frames.front().starts_with(R"(["1","1","room:a","phx_reply",{"status":"ok")"));
  EXPECT_TRUE(has_frame(frames, R"("typing":true)"));
  EXPECT_TRUE(has_frame(frames, R"(["1","3","room:a","phx_reply",{"status":"ok")"));
  EXPECT_EQ(ann->crashed, Frames());
}

TEST_F(RoomChannelTest, SendsTheNewestOfAHistoryThatIsTooLong) {
  start_historian();
  Frames payloads;
  for (int n = 0; n < 20; ++n) {
    payloads.push_back(R"({"n":)" + std::to_string(n) + R"(,"x":")" + std::string(60'000, 'x') +
                       R"("})");
  }
  keep("room:a", payloads);
  const auto ann = connect();
  auto frames = ann->send(to_room("1", "phx_join", kFollow));
  std::erase_if(frames,
                [](const auto& frame) { return frame.find("presence") != std::string::npos; });
  ASSERT_GT(frames.size(), 1U);
  EXPECT_NE(frames.front().find(R"("complete":false)"), std::string::npos) << frames.front();
  frames.erase(frames.begin());
  EXPECT_EQ(frames.size(), 8U);
  EXPECT_NE(frames.front().find(R"({"n":12,)"), std::string::npos);
  EXPECT_NE(frames.back().find(R"({"n":19,)"), std::string::npos);
  const auto bytes =
      std::accumulate(frames.begin(), frames.end(), std::size_t{0},
                      [](std::size_t sum, const std::string& frame) { return sum + frame.size(); });
  EXPECT_LE(bytes, 512U * 1024);
}

TEST_F(RoomChannelTest, SendsNoMoreOfAHistoryThanTheClientsQueueHasRoomFor) {
  start_historian();
  const std::string large(60'000, 'x');
  keep("room:a", {R"({"n":1,"x":")" + large + R"("})", R"({"n":2,"x":")" + large + R"("})"});
  const auto ann = connect();
  ann->queue(std::size_t{450} * 1024);  // of other rooms, which it has joined at once
  const auto frames = ann->send(to_room("1", "phx_join", kFollow));
  EXPECT_TRUE(has_frame(frames, R"("complete":false)"));
  EXPECT_FALSE(has_frame(frames, R"({"n":1,)"));
  EXPECT_TRUE(has_frame(frames, R"({"n":2,)"));
}

TEST_F(RoomChannelTest, RefusesAJoinForWhichTooManyBytesWait) {
  start_historian();
  const auto ann = connect();
  suspend_readers();
  EXPECT_EQ(ann->send(to_room("1", "phx_join", kFollow)), Frames());
  const auto large = R"({"x":")" + std::string(60'000, 'x') + R"("})";
  for (int n = 1; n <= 5; ++n) {
    const KeptMessage said{.position = n,
                           .said = {.topic = "room:a", .event = "shout", .payload = large}};
    realtime_.hub->broadcast("room:a", std::make_shared<const HistoryMessage>(said, 1));
  }
  EXPECT_EQ(ann->take(), refusal("room:a", "history unavailable"));
}

TEST_F(RoomChannelTest, LeavesOutOfAHistoryWhatTheClientsSerializerCannotExpress) {
  start_historian();
  KeepMessages command{.messages = {}, .now = 1'800'000'000, .bounds = bounds_};
  command.messages = {{.topic = "room:a", .event = "shout", .is_binary = true, .payload = "\x01"},
                      {.topic = "room:a", .event = "shout", .payload = R"({"n":2})"}};
  db::must(execute(std::move(command)));
  const auto ann = connect(net::channels::Version::v1);
  const auto frames =
      ann->send(R"({"topic":"room:a","event":"phx_join","ref":"1","payload":{"history":true}})");
  EXPECT_TRUE(has_frame(frames, R"("complete":true)"));
  EXPECT_TRUE(has_frame(frames, R"({"n":2,"_position":2})"));
  EXPECT_EQ(ann->crashed, Frames());
}

TEST_F(RoomChannelTest, RefusesAJoinWhoseHistoryCannotBeRead) {
  start_historian();
  const auto ann = connect();
  suspend_readers();
  EXPECT_EQ(ann->send(to_room("1", "phx_join", kFollow)), Frames());
  world_.advance(6s);
  EXPECT_EQ(ann->take(), refusal("room:a", "history unavailable"));
}

TEST_F(RoomChannelTest, RefusesAJoinForWhichTooManyMessagesWait) {
  start_historian();
  const auto ann = connect();
  suspend_readers();
  EXPECT_EQ(ann->send(to_room("1", "phx_join", kFollow)), Frames());
  for (int n = 1; n <= 1001; ++n) {
    const KeptMessage said{.position = n,
                           .said = {.topic = "room:a", .event = "shout", .payload = "{}"}};
    realtime_.hub->broadcast("room:a", std::make_shared<const HistoryMessage>(said, 1));
  }
  EXPECT_EQ(ann->take(), refusal("room:a", "history unavailable"));
}

TEST_F(RoomChannelTest, SaysThatAShoutCannotBeKept) {
  const auto ann = connect();
  ann->send(to_room("1", "phx_join", "{}"));
  world_.advance(1s);
  ann->take();  // who is present
  EXPECT_EQ(ann->send(to_room("2", "shout", "{}")), refusal("room:a", "unavailable", "2"));
  start_historian();
  suspend("writer");
  const auto large = R"({"x":")" + std::string(60'000, 'x') + R"("})";
  Frames answers;
  for (int n = 0; n < 100 && answers.empty(); ++n)
    answers = ann->send(to_room("3", "shout", large));
  EXPECT_EQ(answers, refusal("room:a", "overloaded", "3"));
  resume("writer");
}

TEST_F(RoomChannelTest, TakesParamsThatAreNoObjectForNoWish) {
  const auto ann = connect();
  EXPECT_TRUE(has_frame(ann->send(to_room("1", "phx_join", "[]")), R"("response":{"room":"a"})"));
  world_.advance(1s);
  ann->take();  // who is present
  EXPECT_EQ(ann->send(to_room("2", "update_meta", "[]")),
            refusal("room:a", "malformed payload", "2"));
}

TEST_F(RoomChannelTest, LetsAnyChannelSayWhichEventsAreKept) {
  start_historian();
  const auto to_chat = [](const std::string& event, const std::string& payload) {
    return R"(["1","1","chat",")" + event + "\"," + payload + "]";
  };
  const auto ann = connect();
  EXPECT_EQ(ann->send(to_chat("phx_join", "{}")).size(), 1U);
  ann->send(to_chat("say", R"({"n":1})"));
  ann->send(to_chat("hint", R"({"n":2})"));
  ann->send(to_chat("say", R"({"n":3})"));
  const auto bob = connect();
  auto frames = bob->send(to_chat("phx_join", kFollow));
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_NE(frames[0].find(R"("complete":true)"), std::string::npos) << frames[0];
  EXPECT_EQ(frames[1], R"([null,null,"chat","said",{"n":1,"_position":1}])");
  EXPECT_EQ(frames[2], R"([null,null,"chat","said",{"n":3,"_position":2}])");
  ann->send(to_chat("hint", R"({"n":4})"));
  EXPECT_EQ(bob->take(), Frames{R"([null,null,"chat","hinted",{"n":4}])"});
}

}  // namespace
}  // namespace coppice::app::rooms
