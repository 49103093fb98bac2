#include "app/nodes/primary_reader.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "actors/use_task.hpp"
#include "app/nodes/sent_read.hpp"
#include "app/tracing/request_trace.hpp"
#include "db/codec.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using actors::Result;
using db::Arrival;
using db::must;
using db::Role;

/// Has the primary asked, several times at once.
class Reader final : public actors::Server<Reader> {
 public:
  Reader(http::AskPrimary ask, std::shared_ptr<std::vector<std::string>> answers)
      : ask_(std::move(ask)), answers_(std::move(answers)) {}

  struct Read {
    std::string target;
    std::optional<tracing::RequestTrace> trace{};
  };
  void handle(Read message) {
    background(read(std::move(message.target), std::move(message.trace)));
  }

 private:
  actors::Task<void> read(std::string target, std::optional<tracing::RequestTrace> trace) {
    auto request = std::make_shared<net::http::Request>();
    if (trace) request->assigns.set(*std::move(trace));
    request->path = target.substr(0, target.find('?'));
    request->target = std::move(target);
    auto asking = ask_(std::move(request), {7, 9});
    const auto answer = co_await actors::run_awaitable(std::move(asking));
    answers_->push_back(answer ? text_of(*answer) : "none");
  }

  static std::string text_of(const http::PrimarysAnswer& answer) {
    const auto text = std::string(answer.response.body.bytes());
    return answer.arrival == Arrival::superseded ? text + ", superseded" : text;
  }

  const http::AskPrimary ask_;
  const std::shared_ptr<std::vector<std::string>> answers_;
};

class PrimaryReaderTest : public testing::Test {
 protected:
  PrimaryReaderTest() {
    PostRead post = [this](const std::string& node, const std::string& body,
                           std::chrono::milliseconds) { return answer(node, body); };
    reader_ = world_.spawn<Reader>(ask_primary(replication_, std::move(post)), answers_);
  }

  /// The primary answers with what it was asked for.
  Result<Link::Answer> answer(const std::string& node, const std::string& body) {
    nodes_.push_back(node);
    if (says_) return *says_;
    const auto sent = must(db::from_bytes<SentRead>(body));
    asked_for_ = {sent.epoch, sent.sequence};
    for (const auto& header : sent.headers) headers_[header.name] = header.value;
    return answer_of({200, {}, "answers " + sent.target, arrival_});
  }
  static Link::Answer answer_of(const SentAnswer& answer) { return {200, db::to_bytes(answer)}; }

  void read(const std::string& target) {
    world_.cast(reader_, Reader::Read{target}).ignore();
    world_.step(reader_.pid());
  }

  actors::testkit::World world_{{.seed = 1}};
  std::shared_ptr<db::Replication> replication_ = std::make_shared<db::Replication>(
      db::Standing{Role::replica, "a:4001", ""}, [] { return Result<std::uint64_t>(0); });
  std::shared_ptr<std::vector<std::string>> answers_ = std::make_shared<std::vector<std::string>>();
  std::optional<Result<Link::Answer>> says_;
  Arrival arrival_ = Arrival::here;
  db::Position asked_for_;
  std::map<std::string, std::string> headers_;  // Of what was asked for.
  std::vector<std::string> nodes_;
  actors::Ref<Reader> reader_;
};

using Texts = std::vector<std::string>;

TEST_F(PrimaryReaderTest, BringsBackWhatThePrimaryAnswers) {
  read("/api/posts?tag=oak");
  world_.run();
  EXPECT_EQ(*answers_, Texts{"answers /api/posts?tag=oak"});
  EXPECT_EQ(nodes_, Texts{"a:4001"});
  EXPECT_EQ(asked_for_, db::Position(7, 9));
}

TEST_F(PrimaryReaderTest, HasThePrimaryGoOnWithTheTraceThatWaitsForIt) {
  const auto tracer = std::make_shared<tracing::Tracer>(1);
  const tracing::TraceContext request{
      .trace = tracing::make_trace_id(), .span = tracing::make_span_id(), .sampled = true};
  world_
      .cast(reader_, Reader::Read{"/", tracing::RequestTrace{.tracer = tracer, .context = request}})
      .ignore();
  world_.run();
  EXPECT_EQ(*answers_, Texts{"answers /"});
  const auto spans = tracer->take(tracing::Tracer::kMostWaiting);
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "ask the primary");
  EXPECT_EQ(spans[0].kind, tracing::SpanKind::client);
  EXPECT_EQ(spans[0].parent, request.span);
  EXPECT_EQ(
      headers_["traceparent"],
      tracing::to_traceparent({.trace = request.trace, .span = spans[0].id, .sampled = true}));
}

TEST_F(PrimaryReaderTest, SaysWhatHasBecomeOfThePositionThere) {
  arrival_ = Arrival::superseded;
  read("/");
  world_.run();
  arrival_ = Arrival::missing;
  read("/");
  world_.run();
  EXPECT_EQ(*answers_, (Texts{"answers /, superseded", "none"}));
}

TEST_F(PrimaryReaderTest, TakesAFailureOfThePrimaryForNoAnswer) {
  for (const int status : {500, 503, 404}) {
    says_ = answer_of({status, {}, std::to_string(status), Arrival::here});
    read("/");
    world_.run();
  }
  EXPECT_EQ(*answers_, (Texts{"none", "none", "404"}));
}

TEST_F(PrimaryReaderTest, LeavesANodeAloneThatHasNotAnswered) {
  for (const auto why : {Errc::unavailable, Errc::timeout}) {
    nodes_.clear();
    says_ = actors::fail(why, "nobody is there");
    read("/");
    world_.run();
    read("/");
    world_.run();
    EXPECT_EQ(nodes_.size(), 1U);
    says_.reset();
    world_.advance(std::chrono::seconds(3));
    read("/");
    world_.run();
    EXPECT_EQ(nodes_.size(), 2U);
  }
}

TEST_F(PrimaryReaderTest, AsksAnotherNodeAtOnce) {
  says_ = actors::fail(Errc::timeout, "nobody answers");
  read("/");
  world_.run();
  replication_->stand({Role::replica, "b:4001", ""});
  read("/");
  world_.run();
  EXPECT_EQ(nodes_, (Texts{"a:4001", "b:4001"}));
}

TEST_F(PrimaryReaderTest, HasNoAnswerWhereNoPrimaryIsKnown) {
  replication_->stand({.role = Role::orphan});
  read("/");
  world_.run();
  EXPECT_EQ(*answers_, Texts{"none"});
  EXPECT_TRUE(nodes_.empty());
}

TEST_F(PrimaryReaderTest, HasNoAnswerOfANodeThatGivesNone) {
  says_ = actors::fail(Errc::unavailable, "nobody is there");
  read("/");
  world_.run();
  world_.advance(std::chrono::seconds(3));
  says_ = Link::Answer{409, "replica of b"};
  read("/");
  world_.run();
  says_ = Link::Answer{200, "malformed"};
  read("/");
  world_.run();
  EXPECT_EQ(*answers_, (Texts{"none", "none", "none"}));
  EXPECT_EQ(nodes_.size(), 3U);
}

TEST_F(PrimaryReaderTest, AsksForTwoAtATime) {
  for (int i = 0; i < 3; ++i) read("/");
  world_.run();
  EXPECT_EQ(nodes_.size(), 2U);
  EXPECT_EQ(std::ranges::count(*answers_, "none"), 1);
  read("/");
  world_.run();
  EXPECT_EQ(nodes_.size(), 3U);
}

}  // namespace
}  // namespace coppice::app::nodes
