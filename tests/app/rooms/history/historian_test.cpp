#include "app/rooms/history/historian.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "actors/pubsub/probe.hpp"
#include "app/rooms/history/history_message.hpp"
#include "db/database_world.hpp"

namespace coppice::app::rooms {
namespace {

using namespace std::chrono_literals;
using actors::Errc;
using actors::pubsub::Probe;
using Texts = std::vector<std::string>;

/// Asks the historian, and notes how each question was answered.
class Speaker final : public actors::Server<Speaker> {
 public:
  Speaker(HistoryPtr history, std::shared_ptr<Texts> answers)
      : history_(std::move(history)), answers_(std::move(answers)) {}

  struct Say {
    std::string text;
  };
  void handle(Say message) { background(ask(std::move(message))); }

 private:
  actors::Task<void> ask(Say message) {
    Historian::Keep keep{
        {.topic = "room", .event = "shout", .is_binary = false, .payload = message.text}};
    const auto historian = history_->historian->get();
    const auto kept = co_await historian->call(std::move(keep), 15s);
    answers_->push_back(message.text + (kept ? " kept" : " lost"));
  }

  HistoryPtr history_;
  std::shared_ptr<Texts> answers_;
};

class HistorianTest : public db::DatabaseWorldTest {
 protected:
  explicit HistorianTest(std::shared_ptr<db::Replication> replication = {}) {
    auto commands = std::make_shared<db::CommandRegistry>();
    add_message_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    options.replication = std::move(replication);
    start(std::move(options));
    hub_ = actors::pubsub::Hub::make(world_.runtime());
    history_ = std::make_shared<const History>(*database_, hub_, HistoryBounds());
    start_historian();
    speaker_ = world_.spawn<Speaker>(history_, answers_);
    listener_ = world_.spawn<Probe>();
    EXPECT_TRUE(world_.call(listener_, Probe::Run{[this](Probe& self) {
                              self.listen(hub_, "room", [this](const auto& message) {
                                const auto& said = dynamic_cast<const HistoryMessage&>(*message);
                                told_.push_back(said.plain.payload().bytes);
                                positions_.push_back(said.point.position);
                              });
                            }}));
  }

  void start_historian() {
    auto place = world_.runtime().root()->child("historian" + std::to_string(++starts_),
                                                supervisor::ChildType::worker, "");
    const auto spec = supervisor::worker<Historian>("historian", history_);
    const auto outcome = world_.start(spec.start, {.place = std::move(place)});
    ASSERT_TRUE(outcome.ok());
    historian_ = outcome.pid;
    world_.run();
  }

  void say(const std::string& text) { world_.cast(speaker_, Speaker::Say{text}).ignore(); }

  std::shared_ptr<actors::pubsub::Hub> hub_;
  HistoryPtr history_;
  int starts_ = 0;
  actors::Pid historian_;
  std::shared_ptr<Texts> answers_ = std::make_shared<Texts>();
  actors::Ref<Speaker> speaker_;
  actors::Ref<Probe> listener_;
  Texts told_;
  std::vector<std::int64_t> positions_;
};

TEST_F(HistorianTest, TellsWhatItHasKeptInOrder) {
  for (const auto* text : {"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"}) say(text);
  world_.run();
  EXPECT_EQ(told_, (Texts{"{\"n\":1}", "{\"n\":2}", "{\"n\":3}"}));
  EXPECT_EQ(positions_, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(*answers_, (Texts{"{\"n\":1} kept", "{\"n\":2} kept", "{\"n\":3} kept"}));
}

TEST_F(HistorianTest, TellsNothingBeforeItIsKept) {
  suspend("writer");
  say("{}");
  world_.run();
  EXPECT_EQ(told_, Texts());
  resume("writer");
  world_.run();
  EXPECT_EQ(told_, Texts{"{}"});
}

TEST_F(HistorianTest, RefusesMoreThanMayWait) {
  suspend("writer");
  const std::string large = "{\"x\":\"" + std::string(1'000'000, 'x') + "\"}";
  for (int n = 0; n < 6; ++n) say(large);
  world_.run();
  EXPECT_FALSE(answers_->empty());
  for (const auto& answer : *answers_) EXPECT_TRUE(answer.ends_with(" lost"));
  resume("writer");
  world_.run();
  const auto lost = std::ranges::count_if(
      *answers_, [](const auto& answer) { return answer.ends_with(" lost"); });
  EXPECT_EQ(std::ssize(told_) + lost, 6);
}

// The first writer's answer never comes; what it has committed is found all the same.
TEST_F(HistorianTest, TellsWhatWasInDoubtOnceItIsKnown) {
  suspend("writer");
  say("{\"n\":1}");
  world_.run();
  world_.advance(11s);
  EXPECT_EQ(*answers_, Texts{"{\"n\":1} lost"});
  resume("writer");
  world_.run();
  say("{\"n\":2}");
  world_.run();
  EXPECT_TRUE(std::ranges::is_sorted(positions_));
  EXPECT_EQ(told_.back(), "{\"n\":2}");
  EXPECT_EQ(positions_.size(), static_cast<std::size_t>(positions_.back()));
}

TEST_F(HistorianTest, TellsWhatAnotherNodeHasKeptWhenItHasArrived) {
  say("{\"n\":1}");
  world_.run();
  const KeepMessages elsewhere{
      .messages = {{.topic = "room", .event = "shout", .payload = "{\"n\":2}"}},
      .now = 1,
      .bounds = {}};
  db::must(execute(elsewhere));
  for (int n = 0; n < 3; ++n) poke(*history_);
  world_.run();
  EXPECT_EQ(told_, (Texts{"{\"n\":1}", "{\"n\":2}"}));
  say("{\"n\":3}");
  poke(*history_);
  world_.run();
  EXPECT_EQ(positions_, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(HistorianTest, LooksAgainAfterALookWentWithTheIncarnationBefore) {
  poke(*history_);
  world_.kill(historian_);
  start_historian();
  const KeepMessages elsewhere{
      .messages = {{.topic = "room", .event = "shout", .payload = "{\"n\":1}"}},
      .now = 1,
      .bounds = {}};
  db::must(execute(elsewhere));
  poke(*history_);
  world_.run();
  EXPECT_EQ(told_, Texts{"{\"n\":1}"});
}

TEST_F(HistorianTest, SurvivesACrashOfTheWriter) {
  say("{\"n\":1}");
  world_.run();
  crash("writer");
  world_.run();
  wait_for("writer");
  world_.run();
  say("{\"n\":2}");
  world_.advance(20s);
  EXPECT_EQ(told_, (Texts{"{\"n\":1}", "{\"n\":2}"}));
}

TEST_F(HistorianTest, TellsWhatItsPredecessorHadKeptAndNotTold) {
  say("{\"n\":1}");
  world_.run();
  world_.kill(historian_);
  const KeepMessages behind_its_back{
      .messages = {{.topic = "room", .event = "shout", .is_binary = false, .payload = "{\"n\":2}"}},
      .now = 1'800'000'000,
      .bounds = {}};
  db::must(execute(behind_its_back));
  EXPECT_EQ(told_, Texts{"{\"n\":1}"});
  start_historian();
  EXPECT_EQ(told_, (Texts{"{\"n\":1}", "{\"n\":2}"}));
  EXPECT_EQ(positions_, (std::vector<std::int64_t>{1, 2}));
}

/// On a node whose database is replicated.
class ReplicatedHistorianTest : public HistorianTest {
 protected:
  ReplicatedHistorianTest() : HistorianTest(primary()) {}

  static std::shared_ptr<db::Replication> primary() {
    auto recorded = [count = std::uint64_t{0}]() mutable -> actors::Result<std::uint64_t> {
      return ++count;
    };
    return std::make_shared<db::Replication>(db::Standing{db::Role::primary, "", ""}, recorded);
  }

  void follow(db::Role role) {
    database_->follow({role, "", ""});
    world_.run();
  }
};

TEST_F(ReplicatedHistorianTest, TellsWhatItHasKept) {
  say("{\"n\":1}");
  world_.run();
  EXPECT_EQ(told_, Texts{"{\"n\":1}"});
  EXPECT_EQ(*answers_, Texts{"{\"n\":1} kept"});
}

TEST_F(ReplicatedHistorianTest, TellsWhatWasSaidWhileTheRoleMoved) {
  say("{\"n\":1}");
  world_.run();
  follow(db::Role::orphan);
  say("{\"n\":2}");
  world_.run();
  follow(db::Role::primary);
  world_.advance(5s);
  EXPECT_EQ(*answers_, (Texts{"{\"n\":1} kept", "{\"n\":2} kept"}));
  EXPECT_EQ(told_, (Texts{"{\"n\":1}", "{\"n\":2}"}));
}

TEST(HistoryMessage, CarriesItsPositionForThoseWhoFollow) {
  const auto positioned = [](const std::string& payload) {
    const KeptMessage message{
        7, {.topic = "room", .event = "shout", .is_binary = false, .payload = payload}};
    return HistoryMessage(message, 1).positioned.payload().bytes;
  };
  EXPECT_EQ(positioned("{}"), R"({"_position":7})");
  EXPECT_EQ(positioned("{ }"), R"({"_position":7})");
  EXPECT_EQ(positioned(R"({"a":{}})"), R"({"a":{},"_position":7})");
  EXPECT_EQ(positioned("{\"a\":1 \n}"), R"({"a":1,"_position":7})");
  const HistoryMessage bytes(
      {8, {.topic = "room", .event = "shout", .is_binary = true, .payload = "x"}}, 1);
  EXPECT_EQ(bytes.positioned.payload().bytes, "x");
  ASSERT_NE(bytes.marker, nullptr);
  EXPECT_EQ(bytes.marker->payload().bytes, R"({"_position":8})");
}

}  // namespace
}  // namespace coppice::app::rooms
