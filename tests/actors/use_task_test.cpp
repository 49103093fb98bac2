#include "actors/use_task.hpp"

#include <stdexcept>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using support::Probe;
using support::start_in;
using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

class UseTaskTest : public testing::Test {
 protected:
  asio::io_context& io() { return world_.runtime().shard(0).io(); }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Probe> probe_ = world_.spawn<Probe>();
};

// -- Asio operations in actor coroutines -------------------------------------------------------

/// An operation with the given results, completed by the shard's io_context.
template <class... Results, class Token>
auto async_give(asio::io_context* io, Token&& token, Results... results) {
  return asio::async_initiate<Token, void(Results...)>(
      [io](auto handler, Results... each) {
        asio::post(*io, [handler = std::move(handler),
                         values = std::make_tuple(std::move(each)...)]() mutable {
          std::apply(std::move(handler), std::move(values));
        });
      },
      token, std::move(results)...);
}

Task<void> await_results(asio::io_context* io, std::shared_ptr<Journal> journal) {
  co_await async_give(io, use_task);
  journal->add("nothing");
  const std::string one = co_await async_give(io, use_task, std::string("one"));
  journal->add(one);
  const auto [error, count] =
      co_await async_give(io, use_task, boost::system::error_code(), std::size_t{2});
  journal->add(error.message() + " " + std::to_string(count));
}

TEST_F(UseTaskTest, GivesTheResultsOfAnOperation) {
  start_in(world_, probe_, [this](Probe*) { return await_results(&io(), journal_); });
  EXPECT_EQ(journal_->entries(), (Entries{"nothing", "one", "Success 2"}));
}

Task<void> await_timer(asio::io_context* io, std::shared_ptr<Journal> journal) {
  asio::steady_timer timer(*io, std::chrono::steady_clock::time_point::max());
  const boost::system::error_code first = co_await timer.async_wait(use_task);
  journal->add(first.message());
  const boost::system::error_code second = co_await timer.async_wait(use_task);
  journal->add("again " + second.message());
}

TEST_F(UseTaskTest, CancelsTheOperationWhenTheActorIsToldToStopAndDoesNotBeginAnother) {
  start_in(world_, probe_, [this](Probe*) { return await_timer(&io(), journal_); });
  EXPECT_TRUE(journal_->entries().empty());
  EXPECT_EQ(world_.stop(probe_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"Operation canceled", "again Operation canceled"}));
}

// -- Asio coroutines in actor coroutines ---------------------------------------------------------

asio::awaitable<int> give(int value) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return value;
}

asio::awaitable<void> throw_later() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  throw std::runtime_error("from Asio");
}

asio::awaitable<void> wait_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::steady_clock::time_point::max());
  co_await timer.async_wait(asio::use_awaitable);
}

Task<void> await_coroutines(std::shared_ptr<Journal> journal) {
  const int value = co_await run_awaitable(give(3));
  journal->add(std::to_string(value));
  try {
    co_await run_awaitable(throw_later());
  } catch (const std::runtime_error& e) {
    journal->add(e.what());
  }
  try {
    co_await run_awaitable(wait_for_ever());
  } catch (const boost::system::system_error& e) {
    journal->add(e.code().message());
  }
}

TEST_F(UseTaskTest, RunsAnAsioCoroutineAsPartOfTheActor) {
  start_in(world_, probe_, [this](Probe*) { return await_coroutines(journal_); });
  EXPECT_EQ(journal_->entries(), (Entries{"3", "from Asio"}));
  EXPECT_EQ(world_.stop(probe_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries().back(), "Operation canceled");
}

Task<void> await_and_leave() { co_await run_awaitable(throw_later()); }

TEST_F(UseTaskTest, MakesAnExceptionOfAnAsioCoroutineTheActorsCrash) {
  start_in(world_, probe_, [](Probe*) { return await_and_leave(); });
  EXPECT_FALSE(world_.alive(probe_.pid()));
  EXPECT_EQ(world_.events(EventKind::actor_crash)[0].crash->reason.exception()->what, "from Asio");
}

TEST_F(UseTaskTest, IsKilledWithTheActorAndLeavesNothingBehind) {
  start_in(world_, probe_, [this](Probe*) { return await_coroutines(journal_); });
  world_.kill(probe_.pid());
  EXPECT_FALSE(world_.alive(probe_.pid()));
  EXPECT_EQ(world_.count(EventKind::zombie_add), world_.count(EventKind::zombie_reap));
}

// -- actors in Asio coroutines -------------------------------------------------------------------

class Clerk final : public Server<Clerk> {
 public:
  struct Ask {
    using Reply = std::string;
    Duration takes;
  };
  Task<std::string> handle(Ask message) {
    std::ignore = co_await sleep_for(message.takes);
    co_return "answer";
  }
};

asio::awaitable<void> ask(Ref<Clerk> clerk, Duration takes, Duration timeout,
                          std::shared_ptr<Journal> journal) {
  const Result<std::string> answer =
      co_await clerk.async_call(Clerk::Ask{takes}, timeout, asio::use_awaitable);
  journal->add(answer ? *answer : std::string(to_string(answer.error().code)));
}

class AsyncCallTest : public UseTaskTest {
 protected:
  void spawn_ask(Ref<Clerk> clerk, Duration takes, Duration timeout) {
    asio::co_spawn(io(), ask(clerk, takes, timeout, journal_),
                   [](std::exception_ptr error) { EXPECT_FALSE(error); });
    world_.run();
  }
};

TEST_F(AsyncCallTest, BringsAnActorsAnswerToAsioCode) {
  spawn_ask(world_.spawn<Clerk>(), 10ms, 1s);
  EXPECT_TRUE(journal_->entries().empty());
  world_.advance(10ms);
  EXPECT_EQ(journal_->entries(), Entries{"answer"});
}

TEST_F(AsyncCallTest, TimesOut) {
  spawn_ask(world_.spawn<Clerk>(), 1h, 100ms);
  world_.advance(100ms);
  EXPECT_EQ(journal_->entries(), Entries{"timeout"});
}

TEST_F(AsyncCallTest, FailsWhenNobodyIsThereAndWhenTheActorEnds) {
  const auto clerk = world_.spawn<Clerk>();
  spawn_ask(clerk, 1h, kForever);
  world_.kill(clerk.pid());
  spawn_ask(clerk, 1h, kForever);
  EXPECT_EQ(journal_->entries(), (Entries{"down", "noproc"}));
}

TEST_F(AsyncCallTest, ThatNobodyAnswersEndsWithTheRuntime) {
  spawn_ask(world_.spawn<Clerk>(), kForever, kForever);
  EXPECT_TRUE(journal_->entries().empty());
}

Task<void> wait_in_asio(std::shared_ptr<Journal> journal) {
  try {
    co_await run_awaitable(wait_for_ever());
  } catch (const boost::system::system_error& e) {
    journal->add(e.code().message());
  }
}

// catalogue 118
TEST_F(UseTaskTest, MayBeStoppedBeforeItsAsioCoroutineHasBegun) {
  const auto seen = std::make_shared<Probe::Seen>();
  const auto watcher = world_.spawn<Probe>(seen);
  support::run_in(world_, watcher, [this](Probe& self) { self.monitor(probe_.pid()); });
  ASSERT_TRUE(probe_.cast(Probe::Run{[this](Probe* /*self*/) { return wait_in_asio(journal_); }}));
  send_exit(world_.runtime(), {}, probe_.pid(), ExitReason::shutdown());
  world_.run();
  EXPECT_FALSE(world_.alive(probe_.pid()));
  EXPECT_LE(journal_->entries().size(), 1U);
  ASSERT_EQ(seen->downs.size(), 1U);
  EXPECT_EQ(seen->downs[0].reason, ExitReason::shutdown());
}

// catalogue 118
TEST_F(UseTaskTest, MayBeStoppedInTheTurnInWhichItsAsioCoroutineIsSpawned) {
  start_in(world_, probe_, [this](Probe* self) {
    send_exit(world_.runtime(), {}, self->self().pid(), ExitReason::shutdown());
    return wait_in_asio(journal_);
  });
  EXPECT_FALSE(world_.alive(probe_.pid()));
  EXPECT_EQ(journal_->entries(), Entries{"Operation canceled"});
}

// -- calls of actors from Asio coroutines ---------------------------------------------------------

/// Answers only those who want to be stopped at the same time.
class Silent final : public Server<Silent> {
 public:
  struct Ask {
    using Reply = void;
    Pid stop_too;
  };
  void handle(Ask message, ReplyTo<void> reply) {
    asked_.push_back(std::move(reply));
    if (!message.stop_too) return;
    asked_.back().answer({});
    send_exit(message.stop_too, ExitReason::shutdown());
  }

 private:
  std::vector<ReplyTo<void>> asked_;
};

asio::awaitable<void> ask_silent(Ref<Silent> silent, Silent::Ask question,
                                 std::shared_ptr<Journal> journal) {
  const auto answer = co_await silent.async_call(question, 60s, asio::use_awaitable);
  journal->add(answer ? "answered" : std::string(to_string(answer.error().code)));
}

Task<void> ask_from_asio(Ref<Silent> silent, Silent::Ask question,
                         std::shared_ptr<Journal> journal) {
  co_await run_awaitable(ask_silent(silent, question, journal));
}

// catalogue 119
TEST_F(UseTaskTest, EndsACallFromAnAsioCoroutineWhenTheActorIsToldToStop) {
  const auto silent = world_.spawn<Silent>();
  start_in(world_, probe_, [=, this](Probe*) { return ask_from_asio(silent, {}, journal_); });
  const Time began = world_.now();
  EXPECT_EQ(world_.stop(probe_.pid(), ExitReason::shutdown(), 2s), ExitReason::shutdown());
  EXPECT_EQ(world_.now(), began);
  EXPECT_EQ(journal_->entries(), Entries{"cancelled"});
}

// Meaningful under AddressSanitizer: the cancellation and the last answer come in one turn.
TEST(UseTaskThreads, MayBeToldToStopWhileTheLastAnswerIsOnItsWay) {
  for (int i = 0; i < 50; ++i) {
    Runtime runtime({.shards = 1});
    const auto journal = std::make_shared<Journal>();
    const auto silent = spawn<Silent>(runtime, {}).value();
    const auto asker = spawn<Probe>(runtime, {}).value();
    const Silent::Ask question{.stop_too = asker.pid()};
    const auto run = [=](Probe*) { return ask_from_asio(silent, question, journal); };
    ASSERT_TRUE(asker.cast(Probe::Run{run}));
    std::ignore = asker.call_blocking(Probe::Ping{}, 10s);  // it ends before it gets to that
  }
}

}  // namespace
}  // namespace coppice::actors
