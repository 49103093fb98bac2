#include "app/accounts/hashers.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"
#include "net/http/response.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::Result;
using actors::Task;

/// Has passwords hashed, all at once.
class Client final : public actors::Server<Client> {
 public:
  using Answers = std::vector<Result<std::string>>;
  Client(Hashers hashers, std::shared_ptr<Answers> answers)
      : hashers_(std::move(hashers)), answers_(std::move(answers)) {}

  struct Hash {};
  void handle(const Hash& /*message*/) { background(hash()); }

 private:
  Task<void> hash() { answers_->push_back(co_await hashers_.hash("correct horse battery")); }

  Hashers hashers_;
  std::shared_ptr<Answers> answers_;
};

class HashersTest : public testing::Test {
 protected:
  HashersTest() {
    place_ = world_.runtime().root()->child("accounts", supervisor::ChildType::supervisor, "");
    const auto spec = supervisor::supervisor_child("accounts", {.children = hashers_.children()});
    const auto outcome = world_.start(spec.start, {.place = place_});
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
    client_ = world_.spawn<Client>(hashers_, answers_);
  }

  /// Whether the threads do their work.
  void let_work(bool work) {
    for (const char* name : {"hasher-1", "hasher-2"}) {
      const auto done = world_.runtime().inspect(
          place_->find(name)->pid(),
          [work](actors::Cell& cell) { work ? cell.resume() : cell.suspend(); });
      if (!done) throw std::runtime_error(done.error().message());
    }
  }

  void ask(int times) {
    for (int n = 0; n < times; ++n) world_.cast(client_, Client::Hash{}).ignore();
    world_.run();
  }

  static constexpr int kMailboxes = 2 * 16;
  actors::testkit::World world_;
  const Hashers hashers_{{.passes = 1, .memory_bytes = 8192}};
  std::shared_ptr<Client::Answers> answers_ = std::make_shared<Client::Answers>();
  std::shared_ptr<actors::Place> place_;
  actors::Ref<Client> client_;
};

TEST_F(HashersTest, RefuseWhatDoesNotFitTheirMailboxes) {
  let_work(false);
  ask(kMailboxes);
  EXPECT_TRUE(answers_->empty());
  ask(2);
  ASSERT_EQ(answers_->size(), 2U) << "the first ones wait";
  for (const auto& refused : *answers_) {
    EXPECT_EQ(refused.error(), Errc::overloaded);
    const auto response = net::http::Response::server_error(refused.error());
    EXPECT_EQ(response.status, net::http::Status::service_unavailable);
    EXPECT_TRUE(response.headers.get("retry-after"));
  }
}

TEST_F(HashersTest, HashWhatWaitedOnceTheyCan) {
  let_work(false);
  ask(kMailboxes);
  let_work(true);
  world_.run();
  ASSERT_EQ(answers_->size(), std::size_t{kMailboxes});
  for (const auto& hash : *answers_) EXPECT_TRUE(hash);
  ask(1);
  EXPECT_TRUE(answers_->back()) << "there is room again";
}

}  // namespace
}  // namespace coppice::app::accounts
