#include "net/websocket/session.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/burst.hpp"
#include "net/loopback.hpp"
#include "net/serve_to_end.hpp"
#include "net/websocket/client_frames.hpp"

namespace coppice::net::websocket {
namespace {

using namespace std::chrono_literals;
using testing::close_payload;
using testing::kFinal;
using testing::ServerFrame;
using Frames = std::vector<ServerFrame>;

ServerFrame close_frame(unsigned code, std::string_view reason = {}) {
  return {kFinal | 8U, close_payload(code, reason)};
}

/// Notes what it hears; echoes text if asked to.
class Recorder final : public Owner {
 public:
  void on_text(std::string_view message) override {
    heard.push_back("text " + std::string(message));
    if (on_message) on_message();
    if (message == "crash") throw std::runtime_error("a bug");
    if (message == "close") session->close(CloseCode::going_away, "asked to");
    if (message.starts_with("echo")) session->send(Frame::text(message));
  }
  void on_binary(std::string_view message) override {
    heard.push_back("binary " + std::string(message));
  }
  void on_close(const CloseInfo& info) noexcept override {
    heard.push_back("close " + std::string(to_string(info.cause)) + " " +
                    std::to_string(static_cast<int>(info.code)) + " " + info.reason);
    EXPECT_FALSE(session->is_open());
    const auto waiting = session->queued_bytes();
    session->send(Frame::text("too late"));
    EXPECT_EQ(session->queued_bytes(), waiting);
  }

  std::shared_ptr<Session> session;
  std::vector<std::string> heard;
  std::function<void()> on_message;
};

using Heard = std::vector<std::string>;

class WebSocketSession : public ::testing::Test {
 protected:
  void start(std::string already_read = {}) {
    auto [client, socket] = loop_.connect();
    client_.emplace(std::move(client));
    owner_ = std::make_shared<Recorder>();
    owner_->session = Session::make(std::move(socket), loop_.connections(),
                                    std::make_shared<const Options>(options_));
    auto begin = [owner = owner_, already_read](Session::OnEnd on_end) {
      owner->session->start(owner, already_read, std::move(on_end));
      return owner->session;
    };
    loop_.spawn(net::testing::until_end(loop_.io().get_executor(), std::move(begin)));
    loop_.pump();
  }

  /// The frames that have come since the last call.
  Frames receive() {
    loop_.pump();
    received_ += client_->receive();
    return testing::take_frames(received_);
  }

  Frames read_to_the_end();

  /// The same of those that have left already, in this turn of the loop.
  Frames arrived() {
    received_ += client_->receive();
    return testing::take_frames(received_);
  }

  Frames exchange(std::string_view bytes) {
    client_->send(bytes);
    return receive();
  }

  Session& session() { return *owner_->session; }

  /// Whether the session is still open with it.
  bool send(const Frame& frame, Shed shed = Shed::never()) {
    session().offer(frame, shed);
    return session().is_open();
  }

  net::testing::Loopback loop_;
  Options options_;
  std::optional<net::testing::Client> client_;
  std::shared_ptr<Recorder> owner_;
  std::string received_;
};

TEST_F(WebSocketSession, PassesMessagesOnAndSendsAnswers) {
  start();
  EXPECT_EQ(exchange(testing::text("echo 1") + testing::binary("b") + testing::text("echo 2")),
            (Frames{{0x81, "echo 1"}, {0x81, "echo 2"}}));
  EXPECT_EQ(owner_->heard, (Heard{"text echo 1", "binary b", "text echo 2"}));
}

TEST_F(WebSocketSession, HandlesWhatCameWithTheUpgrade) {
  start(testing::text("echo early") + testing::text("echo la").substr(0, 5));
  EXPECT_EQ(receive(), (Frames{{0x81, "echo early"}}));
  EXPECT_EQ(exchange(testing::text("echo la").substr(5)), (Frames{{0x81, "echo la"}}));
}

TEST_F(WebSocketSession, SendsFromOutsideInOrder) {
  start();
  Frames expected;
  for (int i = 0; i < 200; ++i) {  // more than fit one vectored write
    EXPECT_TRUE(send(Frame::text(std::to_string(i))));
    expected.push_back({0x81, std::to_string(i)});
  }
  EXPECT_EQ(receive(), expected);
  EXPECT_EQ(session().queued_bytes(), 0U);
}

TEST_F(WebSocketSession, SendsALoneMessageAtOnce) {
  start();
  EXPECT_TRUE(send(Frame::text("now")));
  EXPECT_EQ(arrived(), (Frames{{0x81, "now"}}));
}

TEST_F(WebSocketSession, SendsTheSecondMessageOfATurnAtItsEnd) {
  start();
  EXPECT_TRUE(send(Frame::text("1")));
  EXPECT_TRUE(send(Frame::text("2")));
  EXPECT_TRUE(send(Frame::text("3")));
  EXPECT_EQ(arrived(), (Frames{{0x81, "1"}}));
  EXPECT_EQ(receive(), (Frames{{0x81, "2"}, {0x81, "3"}}));
}

TEST_F(WebSocketSession, GathersInTheTurnAfterOneInWhichMessagesMet) {
  start();
  EXPECT_TRUE(send(Frame::text("1")));
  EXPECT_TRUE(send(Frame::text("2")));
  EXPECT_EQ(receive().size(), 2U);
  EXPECT_TRUE(send(Frame::text("3")));
  EXPECT_EQ(arrived(), Frames());
  EXPECT_EQ(receive(), (Frames{{0x81, "3"}}));
  EXPECT_TRUE(send(Frame::text("4")));  // alone again
  EXPECT_EQ(arrived(), (Frames{{0x81, "4"}}));
}

TEST_F(WebSocketSession, SendsTogetherWhatIsSentWhileItIsCorked) {
  start();
  session().cork();
  EXPECT_TRUE(send(Frame::text("1")));
  EXPECT_TRUE(send(Frame::text("2")));
  EXPECT_EQ(arrived(), Frames());
  session().uncork();
  EXPECT_EQ(arrived(), (Frames{{0x81, "1"}, {0x81, "2"}}));
}

TEST_F(WebSocketSession, SendsAtTheEndOfTheTurnWhatASecondCorkHeldBack) {
  start();
  for (const char* each : {"1", "2"}) {
    session().cork();
    EXPECT_TRUE(send(Frame::text(each)));
    session().uncork();
  }
  EXPECT_EQ(arrived(), (Frames{{0x81, "1"}}));
  EXPECT_EQ(receive(), (Frames{{0x81, "2"}}));
}

TEST_F(WebSocketSession, TellsItsOwnerAtOnceThatItEndedWhileItWasCorked) {
  start();
  session().cork();
  session().close(CloseCode::going_away, "enough");
  session().uncork();
  EXPECT_EQ(receive(), (Frames{close_frame(1001, "enough")}));
  EXPECT_EQ(owner_->heard, Heard{"close server 1001 enough"});
}

TEST_F(WebSocketSession, SendsLargeFramesThatWaitTogether) {
  start();
  Frames expected;
  session().cork();
  for (const char letter : {'a', 'b', 'c'}) {
    const std::string text(40'000, letter);
    EXPECT_TRUE(send(Frame::text(text)));
    expected.push_back({0x81, text});
  }
  session().uncork();
  EXPECT_EQ(receive(), expected);
}

TEST_F(WebSocketSession, HandlesWhatComesTogetherAsOneBurst) {
  start();
  std::vector<bool> bursts;
  owner_->on_message = [&] { bursts.push_back(actors::Burst::current() != nullptr); };
  exchange(testing::text("1") + testing::text("2") + testing::text("3"));
  exchange(testing::text("alone"));
  EXPECT_EQ(bursts, (std::vector{true, true, true, false}));
}

TEST_F(WebSocketSession, TellsItsOwnerAndItsClientWhenItIsCut) {
  start();
  session().cut();
  EXPECT_EQ(owner_->heard, (Heard{"close failed 1011 "}));
  EXPECT_EQ(receive(), (Frames{close_frame(1011)}));
  EXPECT_TRUE(client_->closed());
}

TEST_F(WebSocketSession, SaysNothingMoreWhenItIsCutWhileItCloses) {
  start();
  session().close(CloseCode::going_away, "");
  EXPECT_EQ(receive(), (Frames{close_frame(1001)}));
  session().cut();
  EXPECT_EQ(receive(), Frames());
  EXPECT_TRUE(client_->closed());
}

TEST_F(WebSocketSession, AnswersPings) {
  start();
  EXPECT_EQ(exchange(testing::ping("abc") + testing::pong("x")), (Frames{{0x8A, "abc"}}));
  EXPECT_TRUE(owner_->heard.empty());
}

TEST_F(WebSocketSession, EchoesTheClientsCloseAndHearsNothingAfterIt) {
  start();
  EXPECT_EQ(exchange(testing::close(1001, "leaving") + testing::text("late")),
            (Frames{close_frame(1001)}));
  EXPECT_EQ(owner_->heard, (Heard{"close peer 1001 leaving"}));
  EXPECT_TRUE(client_->closed());
  client_->close();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(WebSocketSession, EchoesAnEmptyCloseEmpty) {
  start();
  EXPECT_EQ(exchange(testing::raw_frame(kFinal | 8, "")), (Frames{{0x88, ""}}));
  EXPECT_EQ(owner_->heard, (Heard{"close peer 1005 "}));
}

TEST_F(WebSocketSession, AnswersViolationsWithTheirCode) {
  start();
  EXPECT_EQ(exchange(testing::text("fine") + testing::text("\xFF")),
            (Frames{close_frame(1007, "text is not UTF-8")}));
  EXPECT_EQ(owner_->heard, (Heard{"text fine", "close violation 1007 text is not UTF-8"}));
  EXPECT_TRUE(client_->closed());
  client_->close();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(WebSocketSession, ClosesFromOutsideAfterWhatWasQueued) {
  start();
  send(Frame::text("last words"));
  session().close(CloseCode::restarting, "bye");
  session().close(CloseCode::normal, "ignored");
  EXPECT_TRUE(owner_->heard.empty());  // never from within close()
  EXPECT_EQ(receive(), (Frames{{0x81, "last words"}, close_frame(1012, "bye")}));
  EXPECT_EQ(owner_->heard, (Heard{"close server 1012 bye"}));
  EXPECT_FALSE(client_->closed());  // waits for the client's close frame
  EXPECT_EQ(exchange(testing::text("unheard") + testing::close(1000)), Frames());
  EXPECT_TRUE(client_->closed());
  EXPECT_EQ(owner_->heard.size(), 1U);
}

TEST_F(WebSocketSession, ClosesFromWithinAMessage) {
  start();
  EXPECT_EQ(exchange(testing::text("close") + testing::text("unheard")),
            (Frames{close_frame(1001, "asked to")}));
  EXPECT_EQ(owner_->heard, (Heard{"text close", "close server 1001 asked to"}));
}

TEST_F(WebSocketSession, GivesAClientUpThatNeverAnswersTheClose) {
  start();
  session().close(CloseCode::restarting, "");
  loop_.advance(4s);
  EXPECT_EQ(loop_.finished(), 0);
  loop_.advance(1s);
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(WebSocketSession, ClosesIdleConnectionsAndCountsAnythingThatComes) {
  start();
  loop_.advance(59s);
  exchange(testing::pong(""));
  loop_.advance(59s);
  exchange(testing::text("part of a frame").substr(0, 3));
  loop_.advance(59s);
  send(Frame::text("outgoing data does not count"));
  EXPECT_EQ(receive().size(), 1U);
  loop_.advance(1s);
  EXPECT_EQ(receive(), (Frames{close_frame(1002, "idle for too long")}));
  EXPECT_EQ(owner_->heard, (Heard{"close idle 1002 idle for too long"}));
}

TEST_F(WebSocketSession, ClosesAClientThatReadsTooSlowly) {
  options_.max_queued_bytes = 100'000;
  start();
  const std::string payload(10'000, 'x');
  std::size_t sent = 0;
  while (send(Frame::text(payload))) {
    ++sent;
    loop_.pump();
    ASSERT_LT(sent, 1000U);
  }
  loop_.pump();
  EXPECT_EQ(owner_->heard, (Heard{"close overflow 1013 reading too slowly"}));
  EXPECT_LE(session().queued_bytes(), 10'200U);  // what waited is gone but for half a frame

  Frames frames;
  while (frames.empty() || frames.back().first != 0x88) {
    const auto more = receive();
    frames.insert(frames.end(), more.begin(), more.end());
  }
  EXPECT_EQ(frames.back(), close_frame(1013, "reading too slowly"));
  frames.pop_back();
  EXPECT_LT(frames.size(), sent);
  for (const auto& frame : frames) EXPECT_EQ(frame, (ServerFrame{0x81, payload}));
}

/// The frames of a client that has not read for a while, up to one that says "end".
Frames WebSocketSession::read_to_the_end() {
  Frames frames;
  while (frames.empty() || frames.back().payload != "end") {
    const auto more = receive();
    frames.insert(frames.end(), more.begin(), more.end());
  }
  return frames;
}

TEST_F(WebSocketSession, LeavesOutTheOldestForASlowClientWhereThatIsAllowed) {
  options_.max_queued_bytes = 100'000;
  options_.slow_clients = std::make_shared<SlowClientStats>();
  start();
  constexpr int kSent = 2000;
  const std::string filler(10'000, 'x');
  for (int i = 0; i < kSent; ++i) {
    ASSERT_TRUE(send(Frame::text(std::to_string(i) + filler), Shed::oldest()));
    loop_.pump();
    ASSERT_LE(session().queued_bytes(), 50'000U);
  }
  ASSERT_TRUE(send(Frame::text("end")));

  const auto frames = read_to_the_end();
  const auto dropped = options_.slow_clients->dropped.load();
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(frames.size() + dropped, kSent + 1U);
  EXPECT_EQ(frames[frames.size() - 2].payload, std::to_string(kSent - 1) + filler);
  int last = -1;
  for (const auto& frame : std::span(frames).first(frames.size() - 1)) {
    EXPECT_GT(std::stoi(frame.payload), last);
    last = std::stoi(frame.payload);
  }
  EXPECT_TRUE(owner_->heard.empty());
  EXPECT_EQ(options_.slow_clients->closed, 0U);
}

TEST_F(WebSocketSession, SendsASlowClientTheLatestWithEachKey) {
  options_.slow_clients = std::make_shared<SlowClientStats>();
  start();
  // Until the client's side takes no more.
  const std::string filler(100'000, 'x');
  while (session().queued_bytes() == 0) {
    ASSERT_TRUE(send(Frame::text(filler)));
    loop_.pump();
  }
  for (int i = 0; i < 100; ++i) {
    for (const auto* key : {"a", "b"}) {
      send(Frame::text(key + std::to_string(i)), Shed::all_but_latest(key, "t"));
    }
  }
  ASSERT_TRUE(send(Frame::text("end")));
  const auto frames = read_to_the_end();
  ASSERT_GE(frames.size(), 4U);
  EXPECT_EQ(frames[frames.size() - 2].payload, "b99");
  EXPECT_EQ(frames[frames.size() - 3].payload, "a99");
  EXPECT_EQ(frames[frames.size() - 4].payload, filler);
  EXPECT_EQ(options_.slow_clients->superseded, 198U);
}

TEST_F(WebSocketSession, MakesRoomForWhatMustArriveAndClosesWhereThereIsNone) {
  options_.max_queued_bytes = 100'000;
  options_.slow_clients = std::make_shared<SlowClientStats>();
  start();
  const std::string filler(5'000, 'x');
  while (session().queued_bytes() < 86'000) {  // of 100'000
    ASSERT_TRUE(send(Frame::text(filler)));
    loop_.pump();
  }
  ASSERT_TRUE(send(Frame::text(std::string(8'900, 'o')), Shed::oldest()));
  ASSERT_TRUE(send(Frame::text(filler)));  // in the other's place
  EXPECT_EQ(options_.slow_clients->dropped, 1U);
  // There is no place for this one.
  EXPECT_TRUE(send(Frame::text(std::string(9'500, 'o')), Shed::oldest()));
  EXPECT_EQ(options_.slow_clients->dropped, 2U);
  EXPECT_TRUE(session().is_open());
  while (send(Frame::text(filler))) loop_.pump();
  EXPECT_EQ(options_.slow_clients->closed, 1U);
  EXPECT_FALSE(session().is_open());
}

TEST_F(WebSocketSession, DoesNotCallABurstSlowThatTheClientCanTake) {
  options_.max_queued_bytes = 10'000;
  start();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(send(Frame::text(std::string(1'000, 'x'))));
  EXPECT_TRUE(send(Frame::text(std::string(50'000, 'x'))));  // alone, any size goes
  EXPECT_EQ(receive().size(), 21U);
}

TEST_F(WebSocketSession, SendsLargeFramesToAClientThatReads) {
  start();
  const std::string payload(5'000'000, 'x');
  EXPECT_TRUE(send(Frame::binary(payload)));
  Frames frames;
  while (frames.empty()) frames = receive();
  EXPECT_EQ(frames, (Frames{{0x82, payload}}));
}

TEST_F(WebSocketSession, TellsWhenTheClientVanishes) {
  start();
  client_->send(testing::text("fine") + testing::text("half").substr(0, 4));
  client_->close();
  loop_.pump();
  EXPECT_EQ(owner_->heard, (Heard{"text fine", "close lost 1006 "}));
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(WebSocketSession, ClosesWhenTheOwnerThrowsAndPassesItOn) {
  start();
  EXPECT_EQ(exchange(testing::text("crash") + testing::text("unheard")),
            (Frames{close_frame(1011)}));
  EXPECT_EQ(owner_->heard, (Heard{"text crash", "close failed 1011 "}));
  EXPECT_EQ(loop_.finished(), 0);
  client_->close();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_THROW(std::rethrow_exception(loop_.failure()), std::runtime_error);
}

TEST_F(WebSocketSession, DrainsWithinTheSpread) {
  start();
  loop_.connections()->drain();
  EXPECT_TRUE(session().is_open());
  exchange(testing::pong(""));  // does not put it off
  loop_.advance(1s);
  EXPECT_EQ(receive(), (Frames{close_frame(1012)}));
  EXPECT_EQ(owner_->heard, (Heard{"close draining 1012 "}));
}

// So that not all clients come back at once.
TEST_F(WebSocketSession, SpreadsTheEndsOfDrainingConnections) {
  constexpr int kConnections = 200;
  std::vector<net::testing::Client> clients;
  std::vector<std::shared_ptr<Recorder>> owners;
  for (int n = 0; n < kConnections; ++n) {
    start();
    clients.push_back(std::move(*client_));
    owners.push_back(owner_);
  }
  loop_.connections()->drain();
  const auto closed = [&] {
    return std::ranges::count_if(
        owners, [](const auto& owner) { return owner->heard == Heard{"close draining 1012 "}; });
  };
  // Out of a thousand million runs not one is so uneven by chance.
  loop_.advance(100ms);
  EXPECT_LT(closed(), kConnections / 3);
  loop_.advance(400ms);
  EXPECT_GT(closed(), kConnections / 4);
  EXPECT_LT(closed(), kConnections * 3 / 4);
  loop_.advance(400ms);
  EXPECT_GT(closed(), kConnections * 2 / 3);
  loop_.advance(100ms);
  EXPECT_EQ(closed(), kConnections);
}

TEST_F(WebSocketSession, DrainsAConnectionThatComesMeanwhile) {
  loop_.connections()->drain();
  start();
  loop_.advance(1s);
  EXPECT_EQ(receive(), (Frames{close_frame(1012)}));
}

TEST_F(WebSocketSession, EndsAtOnceWhenItIsCancelled) {
  start();
  loop_.cancel();
  EXPECT_EQ(receive(), (Frames{close_frame(1011)}));
  EXPECT_TRUE(client_->closed());
  EXPECT_EQ(owner_->heard, (Heard{"close failed 1011 "}));
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_FALSE(loop_.failure());
}

TEST_F(WebSocketSession, LeavesNothingBehind) {
  start();
  const std::weak_ptr<Recorder> owner = owner_;
  exchange(testing::text("echo"));
  client_->close();
  loop_.pump();
  owner_.reset();
  EXPECT_TRUE(owner.expired());
  EXPECT_EQ(loop_.connections()->size(), 0U);
}

}  // namespace
}  // namespace coppice::net::websocket
