#include "actors/requests.hpp"

#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::Probe;
using support::start_in;
using testkit::Journal;
using testkit::World;

/// Answers after as long as it was made to take.
class Slow final : public Server<Slow> {
 public:
  struct Ask {
    using Reply = int;
  };
  Slow(int value, Duration takes) : value_(value), takes_(takes) {}
  Task<int> handle(Ask /*message*/) {
    std::ignore = co_await sleep_for(takes_);
    co_return value_;
  }

 private:
  int value_;
  Duration takes_;
};

using Names = Requests<int, std::string>;

std::string told(const Result<Names::Response>& response) {
  if (!response) return std::string(to_string(response.error().code));
  const Result<int>& result = response->result;
  return response->label + "=" +
         (result ? std::to_string(*result) : std::string(to_string(result.error().code)));
}

Task<void> receive_all(std::vector<Ref<Slow>> shops, Time deadline,
                       std::shared_ptr<Journal> journal) {
  Names requests;
  for (std::size_t i = 0; i < shops.size(); ++i) {
    requests.send(shops[i], Slow::Ask{}, "#" + std::to_string(i + 1));
  }
  for (std::size_t i = 0; i <= shops.size(); ++i) {
    const auto response = co_await requests.receive(deadline);
    journal->add(told(response));
  }
  journal->add(std::to_string(requests.size()) + " left");
}

class RequestsTest : public testing::Test {
 protected:
  Ref<Slow> shop(int value, Duration takes) { return world_.spawn<Slow>(value, takes); }
  using Entries = std::vector<std::string>;

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Probe> probe_ = world_.spawn<Probe>();
};

// catalogue 94
TEST_F(RequestsTest, AreAnsweredInTheOrderInWhichTheAnswersCome) {
  const std::vector shops = {shop(1, 400ms), shop(2, 1ms), shop(3, 200ms)};
  start_in(world_, probe_, [=, this](Probe*) { return receive_all(shops, Time::max(), journal_); });
  world_.advance(400ms);
  EXPECT_EQ(journal_->entries(), (Entries{"#2=2", "#3=3", "#1=1", "not_found", "0 left"}));
}

// catalogue 95
TEST_F(RequestsTest, ShareAnAbsoluteDeadlineAndAreRevokedByReceive) {
  const std::vector shops = {shop(1, 50ms), shop(2, 200ms)};
  const Time deadline = world_.now() + 100ms;
  start_in(world_, probe_, [=, this](Probe*) { return receive_all(shops, deadline, journal_); });
  world_.advance(99ms);
  EXPECT_EQ(journal_->entries(), Entries{"#1=1"});
  world_.advance(1ms);
  EXPECT_EQ(journal_->entries(), (Entries{"#1=1", "timeout", "not_found", "0 left"}));
  world_.advance(200ms);
  EXPECT_EQ(world_.count(EventKind::call_late_reply), 1U) << "the revoked one's";
}

Task<void> wait_twice(Ref<Slow> shop, Duration first, std::shared_ptr<Journal> journal) {
  Names requests;
  requests.send(shop, Slow::Ask{}, "it");
  const Time now = Shard::current()->now();
  const auto early = co_await requests.wait(now + first);
  journal->add(told(early));
  const auto late = co_await requests.wait(Time::max());
  journal->add(told(late));
}

// catalogue 95
TEST_F(RequestsTest, AreKeptByWaitAfterATimeout) {
  const auto slow = shop(9, 200ms);
  start_in(world_, probe_, [=, this](Probe*) { return wait_twice(slow, 100ms, journal_); });
  world_.advance(300ms);
  EXPECT_EQ(journal_->entries(), (Entries{"timeout", "it=9"}));
  EXPECT_EQ(world_.count(EventKind::call_late_reply), 0U);
}

TEST_F(RequestsTest, TimeOutAtOnceWhenTheDeadlineHasPassed) {
  const auto slow = shop(9, 200ms);
  start_in(world_, probe_, [=, this](Probe*) { return wait_twice(slow, -1ms, journal_); });
  EXPECT_EQ(journal_->entries(), Entries{"timeout"});
}

TEST_F(RequestsTest, BringFailuresToSendAsResponses) {
  const auto dead = shop(1, 0ms);
  world_.kill(dead.pid());
  start_in(world_, probe_,
           [=, this](Probe*) { return receive_all({dead}, Time::max(), journal_); });
  EXPECT_EQ(journal_->entries(), (Entries{"#1=noproc", "not_found", "0 left"}));
}

TEST_F(RequestsTest, BringTheEndOfAServerAsAResponse) {
  const auto slow = shop(1, 100ms);
  start_in(world_, probe_,
           [=, this](Probe*) { return receive_all({slow}, Time::max(), journal_); });
  world_.kill(slow.pid());
  EXPECT_EQ(journal_->entries()[0], "#1=down");
}

Task<void> ask_oneself(Probe* self, std::shared_ptr<Journal> journal) {
  Requests<void, std::string> requests;
  requests.send(self->self(), Probe::Ping{}, "me");
  const auto response = co_await requests.receive(Time::max());
  journal->add(std::string(to_string(response->result.error().code)));
}

TEST_F(RequestsTest, RefuseToAskOneself) {
  start_in(world_, probe_, [this](Probe* self) { return ask_oneself(self, journal_); });
  EXPECT_EQ(journal_->entries(), Entries{"calling_self"});
}

TEST_F(RequestsTest, AreCancelledAndRevokedWhenTheActorIsToldToStop) {
  const auto slow = shop(1, 100ms);
  start_in(world_, probe_,
           [=, this](Probe*) { return receive_all({slow}, Time::max(), journal_); });
  EXPECT_EQ(world_.stop(probe_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries()[0], "cancelled");
  world_.advance(100ms);
  EXPECT_EQ(world_.count(EventKind::call_late_reply), 1U);
}

/// Keeps its requests in a member across handlers.
class Collector final : public Server<Collector> {
 public:
  struct Begin {
    Ref<Slow> shop;
  };
  struct Collect {
    using Reply = int;
  };
  void handle(const Begin& message) { requests_.send(message.shop, Slow::Ask{}, 1); }
  Task<Result<int>> handle(Collect /*message*/) {
    auto response = co_await requests_.receive(now() + 1s);
    if (!response) co_return std::unexpected(response.error());
    co_return response->result;
  }

 private:
  Requests<int> requests_;
};

TEST_F(RequestsTest, MayOutliveTheHandlerThatSentThem) {
  const auto collector = world_.spawn<Collector>();
  ASSERT_TRUE(collector.cast(Collector::Begin{shop(3, 100ms)}));
  world_.advance(200ms);
  EXPECT_EQ(world_.call(collector, Collector::Collect{}), 3);
  EXPECT_EQ(world_.call(collector, Collector::Collect{}).error(), Errc::not_found);
}

}  // namespace
}  // namespace coppice::actors
