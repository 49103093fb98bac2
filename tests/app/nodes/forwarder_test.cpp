#include "app/nodes/forwarder.hpp"

#include <map>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "db/codec.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using actors::Result;
using db::must;
using db::Role;
using std::chrono::seconds;

/// Asks the forwarder, all at once.
class Asker final : public actors::Server<Asker> {
 public:
  Asker(db::Forward forward, std::shared_ptr<std::vector<std::string>> outcomes)
      : forward_(std::move(forward)), outcomes_(std::move(outcomes)) {}

  struct Ask {
    std::string name;
    std::string trace{};
  };
  void handle(Ask message) { background(ask(std::move(message.name), std::move(message.trace))); }

 private:
  actors::Task<void> ask(std::string name, std::string trace) {
    db::Command command{
        .name = name, .arguments = {}, .idempotency_key = "k", .trace = std::move(trace)};
    auto forwarded = co_await forward_(std::move(command), seconds(5));
    const auto& result = forwarded.result;
    auto text = name + ": " + (result ? result->value : result.error().message());
    outcomes_->push_back(text + (forwarded.may_try_again ? " (again)" : ""));
  }

  const db::Forward forward_;
  const std::shared_ptr<std::vector<std::string>> outcomes_;
};

class ForwarderTest : public testing::Test {
 protected:
  ForwarderTest() {
    auto slot = std::make_shared<Forwarder::Slot>("the forwarder");
    const auto place = world_.runtime().root()->child("forwarder", actors::Place::Kind::worker, "");
    Forwarder::Post post = [this](const std::string& node, const Forwarder::Parcel& parcel,
                                  std::chrono::milliseconds timeout, const std::stop_token&) {
      traces_.push_back(parcel.traces);
      return answer(node, parcel.body, timeout);
    };
    forwarder_ =
        world_.spawn_with<Forwarder>({.place = place}, replication_, std::move(post), slot);
    asker_ = world_.spawn<Asker>(forward_through(slot), outcomes_);
  }

  /// The primary answers each command with its name in capitals.
  Result<Link::Answer> answer(const std::string& node, const std::string& body,
                              std::chrono::milliseconds timeout) {
    nodes_.push_back(node);
    timeouts_.push_back(timeout);
    if (const auto said = say_.find(node); said != say_.end()) return said->second;
    if (says_) return *says_;
    auto sent = must(db::from_bytes<SentCommands>(body));
    sizes_.push_back(sent.commands.size());
    SentResults results;
    for (const auto& command : sent.commands) {
      results.results.push_back(to_sent(db::CommandReply{"did " + command.name, {1, 2}}));
    }
    return Link::Answer{200, db::to_bytes(results)};
  }

  /// Without letting the forwarder work at it.
  void ask(const std::string& name, const std::string& trace = "") {
    world_.cast(asker_, Asker::Ask{name, trace}).ignore();
    world_.step(asker_.pid());
  }

  actors::testkit::World world_{{.seed = 1}};
  std::shared_ptr<db::Replication> replication_ = std::make_shared<db::Replication>(
      db::Standing{Role::replica, "a:4001", ""}, [] { return Result<std::uint64_t>(0); });
  std::shared_ptr<std::vector<std::string>> outcomes_ =
      std::make_shared<std::vector<std::string>>();
  std::optional<Result<Link::Answer>> says_;
  std::map<std::string, Link::Answer> say_;  // What some nodes answer.
  std::vector<std::string> nodes_;
  std::vector<std::chrono::milliseconds> timeouts_;
  std::vector<std::size_t> sizes_;
  std::vector<std::string> traces_;
  actors::Ref<Forwarder> forwarder_;
  actors::Ref<Asker> asker_;
};

TEST_F(ForwarderTest, BringsACommandToThePrimaryAndItsResultBack) {
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{"one: did one"});
  EXPECT_EQ(nodes_, std::vector<std::string>{"a:4001"});
  EXPECT_EQ(timeouts_, std::vector{std::chrono::milliseconds(5000)});
}

TEST_F(ForwarderTest, SendsWhatWaitsAsOneRequest) {
  for (const auto* name : {"one", "two", "three"}) ask(name);
  world_.run();
  EXPECT_EQ(sizes_, std::vector<std::size_t>{3});
  EXPECT_EQ(outcomes_->size(), 3U);
}

TEST_F(ForwarderTest, SaysBesideThemWhichCommandsAreInATrace) {
  ask("one");
  ask("two", "a-trace");
  world_.run();
  EXPECT_EQ(traces_, std::vector<std::string>{"1=a-trace"});
}

TEST_F(ForwarderTest, SaysNothingOfTracesWhereThereAreNone) {
  ask("one");
  world_.run();
  EXPECT_EQ(traces_, std::vector<std::string>{""});
}

TEST_F(ForwarderTest, HasACommandTriedAgainThatNobodyHasRun) {
  says_ = actors::fail(Errc::unavailable, "nobody is there");
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{"one: unavailable: nobody is there (again)"});
}

TEST_F(ForwarderTest, HasACommandTriedAgainWhoseAnswerWasLost) {
  says_ = actors::fail(Errc::timeout, "cut");
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{"one: timeout: cut (again)"});
}

TEST_F(ForwarderTest, HasACommandTriedAgainThatAFormerPrimaryWasSent) {
  says_ = Link::Answer{409, "replica of b"};
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{
                            "one: read_only: the node that was asked is not the primary any more "
                            "(again)"});
}

TEST_F(ForwarderTest, AsksTheOneWhomAFormerPrimaryNames) {
  say_["a:4001"] = {409, R"({"errors":{"detail":"replica of b:4001"},"primary":"b:4001"})"};
  ask("one");
  world_.run();
  EXPECT_EQ(nodes_, (std::vector<std::string>{"a:4001", "b:4001"}));
  EXPECT_EQ(*outcomes_, std::vector<std::string>{"one: did one"});
}

TEST_F(ForwarderTest, IsSentOnOnceOnly) {
  say_["a:4001"] = {409, R"({"primary":"b:4001"})"};
  say_["b:4001"] = {409, R"({"primary":"a:4001"})"};
  ask("one");
  world_.run();
  EXPECT_EQ(nodes_, (std::vector<std::string>{"a:4001", "b:4001"}));
  ASSERT_EQ(outcomes_->size(), 1U);
  EXPECT_TRUE(outcomes_->front().ends_with("(again)")) << outcomes_->front();
}

TEST_F(ForwarderTest, SaysAtOnceThatThePrimarySpeaksAnotherVersion) {
  says_ = Link::Answer{
      400,
      R"({"errors":{"detail":"this node speaks 2 to 3"},"oldest_version":2,"newest_version":3})"};
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{
                            "one: unavailable: the primary answers 400: this node speaks 2 to 3"});
}

TEST_F(ForwarderTest, DoesNotRepeatAnAnswerOfTheCommandsOwn) {
  SentResults results{{to_sent(db::CommandResult(actors::fail(Errc::conflict, "taken")))}};
  says_ = Link::Answer{200, db::to_bytes(results)};
  ask("one");
  world_.run();
  EXPECT_EQ(*outcomes_, std::vector<std::string>{"one: conflict: taken"});
}

TEST_F(ForwarderTest, TakesNoAnswerWithAnotherNumberOfResults) {
  says_ = Link::Answer{200, db::to_bytes(SentResults())};
  ask("one");
  world_.run();
  ASSERT_EQ(outcomes_->size(), 1U);
  EXPECT_TRUE(outcomes_->front().starts_with("one: malformed")) << outcomes_->front();
}

TEST_F(ForwarderTest, AsksNobodyWhenNobodyIsThePrimary) {
  replication_->stand({.role = Role::orphan});
  ask("one");
  world_.run();
  EXPECT_TRUE(nodes_.empty());
  ASSERT_EQ(outcomes_->size(), 1U);
  EXPECT_TRUE(outcomes_->front().ends_with("(again)")) << outcomes_->front();
}

}  // namespace
}  // namespace coppice::app::nodes
