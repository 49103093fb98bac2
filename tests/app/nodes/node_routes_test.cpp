#include "app/nodes/node_routes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/use_task.hpp"
#include "app/nodes/answer_client.hpp"
#include "app/nodes/refusal.hpp"
#include "app/nodes/sent_arrival.hpp"
#include "app/nodes/sent_batch.hpp"
#include "app/nodes/sent_traces.hpp"
#include "db/codec.hpp"
#include "db/database_world.hpp"

namespace coppice::app::nodes {
namespace {

using db::must;
using db::Role;
using net::http::Request;
using net::http::Router;
using Answers = std::vector<Link::Answer>;

/// Another node, as this one sees it.
class OtherNode final : public actors::Server<OtherNode> {
 public:
  OtherNode(std::shared_ptr<const Router> router, std::shared_ptr<Answers> answers)
      : router_(std::move(router)), answers_(std::move(answers)) {}

  struct Ask {
    std::shared_ptr<Request> request;
  };
  void handle(Ask message) { background(ask(std::move(message.request))); }

 private:
  actors::Task<void> ask(std::shared_ptr<Request> request) {
    auto answering = answer_client(router_, std::move(request));
    const auto response = co_await actors::run_awaitable(std::move(answering));
    answers_->push_back({std::to_underlying(response.status), std::string(response.body.bytes())});
  }

  const std::shared_ptr<const Router> router_;
  const std::shared_ptr<Answers> answers_;
};

class NodeRoutesTest : public db::DatabaseWorldTest {
 protected:
  NodeRoutesTest() {
    auto wanted = options();
    auto recorded = [count = std::uint64_t{0}]() mutable -> actors::Result<std::uint64_t> {
      return ++count;
    };
    wanted.replication =
        std::make_shared<db::Replication>(db::Standing{.role = Role::primary}, recorded);
    wanted.durability = db::Durability::remote;
    start(wanted);
    world_.run();
    auto router = std::make_shared<const Router>(node_routes(*database_, nullptr, tracer_));
    node_ = world_.spawn<OtherNode>(std::move(router), answers_);
  }

  Link::Answer ask(std::string_view path, std::string body, const std::string& version = "1",
                   const std::string& traces = "") {
    auto request = std::make_shared<Request>();
    request->method = net::http::Method::post;
    request->path = path;
    request->target = path;
    request->body = std::move(body);
    if (!version.empty()) request->headers.add("coppice-node", version);
    if (!traces.empty()) request->headers.add(kTracesHeader, traces);
    world_.cast(node_, OtherNode::Ask{std::move(request)}).ignore();
    world_.run();
    return answers_->empty() ? Link::Answer{} : answers_->back();
  }

  [[nodiscard]] static std::string one_note() {
    SentCommands sent;
    db::Command command = db::to_command(db::AddNote{"a"});
    command.idempotency_key = "k";
    sent.commands.push_back(to_sent(command, std::chrono::seconds(5)));
    return db::to_bytes(sent);
  }

  [[nodiscard]] std::vector<tracing::Span> spans() const {
    return tracer_->take(tracing::Tracer::kMostWaiting);
  }

  const tracing::TracerPtr tracer_ = std::make_shared<tracing::Tracer>(1);
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  actors::Ref<OtherNode> node_;
};

TEST_F(NodeRoutesTest, APrimaryRunsTheWritesOfOthers) {
  const auto answer = ask(kCommandsPath, one_note());
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto results = must(db::from_bytes<SentResults>(answer.body)).results;
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.front().error, 0) << results.front().text;
  EXPECT_EQ(notes(), "a");
}

TEST_F(NodeRoutesTest, AWriteOfAnothersTraceIsASpanWithinTheOneThatWaits) {
  const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";
  ASSERT_EQ(ask(kCommandsPath, one_note(), "1", "0=" + parent + "01").status, 200);
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].name, "commit");
  EXPECT_EQ(tracing::to_hex(recorded[0].trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(tracing::to_hex(recorded[0].parent), "00f067aa0ba902b7");
  EXPECT_EQ(std::get<std::string>(recorded[0].attributes.at(0).value), db::AddNote::kName);
  EXPECT_EQ(recorded[0].attributes.at(1).key, "coppice.position");
}

TEST_F(NodeRoutesTest, AWriteIsRunWhateverIsSaidOfItsTrace) {
  for (const auto* traces : {"", "nonsense", "0=nonsense", "7=x,",
                             "0=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}) {
    EXPECT_EQ(ask(kCommandsPath, one_note(), "1", traces).status, 200) << traces;
    EXPECT_TRUE(spans().empty()) << traces;
  }
  EXPECT_EQ(notes(), "a");
}

TEST_F(NodeRoutesTest, AReplicaSaysWhoThePrimaryIs) {
  database_->follow({.role = Role::replica, .primary = "b:4001"});
  world_.run();
  for (const auto path : {kCommandsPath, kReadsPath, kArrivalsPath}) {
    const auto answer = ask(path, one_note());
    EXPECT_EQ(answer.status, 409) << path;
    EXPECT_EQ(read_refusal(answer).primary, "b:4001") << answer.body;
    EXPECT_EQ(explain_refusal("a", answer), "a answers 409: replica of b:4001");
  }
  EXPECT_EQ(notes(), "");
}

TEST_F(NodeRoutesTest, AnOrphanNamesNobody) {
  database_->follow({.role = Role::orphan});
  world_.run();
  const auto answer = ask(kCommandsPath, one_note());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(read_refusal(answer).primary, "");
}

TEST_F(NodeRoutesTest, SaysWhichVersionsAreSpokenHere) {
  for (const auto* version : {"", "0", "2", "1x"}) {
    const auto answer = ask(kCommandsPath, one_note(), version);
    EXPECT_EQ(answer.status, 400) << version;
    const auto refusal = read_refusal(answer);
    EXPECT_EQ(refusal.oldest_version, kOldestVersion);
    EXPECT_EQ(refusal.newest_version, kNewestVersion);
    EXPECT_TRUE(db::has(refusal.why, "deploy the same release on all nodes"));
  }
  EXPECT_EQ(notes(), "");
}

TEST_F(NodeRoutesTest, RefusesWhatCantBeRead) { EXPECT_EQ(ask(kCommandsPath, "x").status, 400); }

TEST_F(NodeRoutesTest, TakesNoteOfWhatHasArrivedElsewhere) {
  const auto here = database_->writer_activity().position();
  const auto answer = ask(kArrivalsPath, db::to_bytes(SentArrival{here.epoch, here.sequence}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(database_->confirmations().cover(here));
}

TEST(Refusal, OfSomebodyElseSaysNothing) {
  for (const auto* body : {"", "busy", "[]", R"({"primary":7})"}) {
    EXPECT_EQ(read_refusal({409, body}).primary, "") << body;
    EXPECT_EQ(explain_refusal("a", {502, body}), "a answers 502") << body;
  }
}

}  // namespace
}  // namespace coppice::app::nodes
