#include <algorithm>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/sys.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::ask;
using support::call_from;
using support::Probe;
using support::run_in;
using support::start_in;
using testkit::World;

[[noreturn, gnu::noinline]] void break_the_safe() { throw std::runtime_error("safe is open"); }

/// Keeps a secret, which its description doesn't tell.
class Bank final : public Server<Bank> {
 public:
  struct Note {};
  struct Rob {
    using Reply = int;
  };
  struct RobLater {
    using Reply = int;
  };
  struct RobInTheBackground {};
  struct Wait {
    using Reply = int;
  };

  void handle(Note /*message*/) {}
  int handle(Rob /*message*/) { break_the_safe(); }
  Task<int> handle(RobLater /*message*/) {
    co_await outer();
    co_return 0;
  }
  void handle(RobInTheBackground /*message*/) { background(inner_now()); }
  Task<int> handle(Wait /*message*/) {
    std::ignore = co_await sleep_for(1h);
    co_return 1;
  }

  [[nodiscard]] std::string describe() const override {
    return "balance 10, code " + std::string(code_.size(), '*');
  }

 private:
  static Task<void> inner_now() {
    break_the_safe();
    co_return;
  }
  static Task<void> inner() {
    std::ignore = co_await sleep_for(10ms);
    break_the_safe();
  }
  static Task<void> outer() { co_await inner(); }

  std::string code_ = "4711";
};

/// Can't even describe itself.
class Broken final : public Server<Broken> {
 public:
  struct Fail {};
  void handle(Fail /*message*/) { throw 42; }
  [[nodiscard]] std::string describe() const override { throw std::runtime_error("no words"); }
};

bool any_contains(const std::vector<std::string>& lines, std::string_view text) {
  return std::ranges::any_of(lines,
                             [text](const std::string& line) { return line.contains(text); });
}

class CrashTest : public testing::Test {
 protected:
  [[nodiscard]] std::shared_ptr<const CrashReport> only_crash() const {
    const auto crashes = world_.events(EventKind::actor_crash);
    EXPECT_EQ(crashes.size(), 1U);
    return crashes.empty() ? nullptr : crashes[0].crash;
  }

  World world_;
  std::shared_ptr<Place> place_ =
      world_.runtime().root()->add_child("bank", Place::Kind::worker, "");
};

// catalogue 104
TEST_F(CrashTest, IsReportedWithEverythingKnownAndNothingSecret) {
  const auto bank = world_.spawn_with<Bank>({.place = place_});
  const auto caller = world_.spawn<Probe>();
  ASSERT_TRUE(Sys(world_.runtime(), bank.pid()).log());
  ASSERT_TRUE(bank.cast(Bank::Note{}));
  run_in(world_, caller, [&](Probe& self) {
    self.trap_exits();
    self.link(bank.pid());
  });
  call_from(world_, caller, bank, Bank::Rob{});

  const auto crash = only_crash();
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->pid, bank.pid());
  EXPECT_EQ(crash->path, "/bank");
  EXPECT_TRUE(crash->actor_type.ends_with("Bank"));
  EXPECT_TRUE(crash->message_type.ends_with("Bank::Rob"));
  EXPECT_EQ(crash->state, "balance 10, code ****");
  EXPECT_EQ(crash->caller, caller.pid());
  EXPECT_TRUE(any_contains(crash->caller_awaiting, "ask")) << "where the caller waits";
  EXPECT_EQ(crash->links, std::vector{caller.pid()});
  EXPECT_EQ(crash->handled, 2U);
  ASSERT_EQ(crash->recent.size(), 2U);
  EXPECT_TRUE(crash->recent[0].type.ends_with("Bank::Note"));
  EXPECT_TRUE(crash->recent[1].type.ends_with("Bank::Rob"));
  EXPECT_EQ(place_->snapshot().last_crash->pid, bank.pid()) << "kept with its place";

  const ExceptionInfo* info = crash->reason.exception();
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->type, "std::runtime_error");
  EXPECT_EQ(info->what, "safe is open");
  EXPECT_TRUE(info->message.ends_with("Bank::Rob"));
  EXPECT_TRUE(info->symbolised_stack().contains("break_the_safe")) << info->symbolised_stack();
}

// catalogue 104
TEST_F(CrashTest, InACoroutineIsReportedWithItsAwaitChain) {
  const auto bank = world_.spawn<Bank>();
  EXPECT_EQ(world_.call(bank, Bank::RobLater{}).error(), Errc::down);
  const auto crash = only_crash();
  ASSERT_TRUE(crash);
  const ExceptionInfo* info = crash->reason.exception();
  ASSERT_NE(info, nullptr);
  ASSERT_EQ(info->awaiting.size(), 3U);
  EXPECT_TRUE(info->awaiting[0].contains("inner"));
  EXPECT_TRUE(info->awaiting[1].contains("outer"));
  EXPECT_TRUE(info->awaiting[2].contains("handle"));
  EXPECT_TRUE(info->awaiting[2].contains("crash_test.cpp:"));
}

TEST_F(CrashTest, OfABackgroundTaskEndsTheActorAtOnceEvenIfItNeverWaited) {
  const auto bank = world_.spawn<Bank>();
  ASSERT_TRUE(bank.cast(Bank::RobInTheBackground{}));
  EXPECT_FALSE(world_.alive(bank.pid()));
  EXPECT_EQ(only_crash()->reason.exception()->what, "safe is open");
}

TEST_F(CrashTest, OfABackgroundTaskCancelsTheHandlerThatWaits) {
  const auto bank = world_.spawn<Bank>();
  const auto answer = call_from(world_, world_.spawn<Probe>(), bank, Bank::Wait{});
  world_.runtime().crash(bank.pid(), "drill");
  EXPECT_FALSE(world_.alive(bank.pid()));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(only_crash()->message_type, "") << "it was not the handler that crashed";
}

TEST_F(CrashTest, OfAnActorThatCanNotDescribeItselfIsReportedAllTheSame) {
  const auto broken = world_.spawn<Broken>();
  ASSERT_TRUE(broken.cast(Broken::Fail{}));
  EXPECT_FALSE(world_.alive(broken.pid()));
  const auto crash = only_crash();
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->state, "describe() failed");
  EXPECT_EQ(crash->reason.exception()->type, "int");
  EXPECT_EQ(crash->reason.exception()->what, "");
}

// catalogue 106
TEST_F(CrashTest, IsNotWhatAnUnhandledInfoLeadsTo) {
  const auto bank = world_.spawn<Bank>();
  ASSERT_TRUE(send_info(world_.runtime(), bank.pid(), std::string("junk")));
  EXPECT_TRUE(world_.alive(bank.pid()));
  ASSERT_EQ(world_.count(EventKind::actor_unhandled_info), 1U);
  EXPECT_EQ(world_.events(EventKind::actor_unhandled_info)[0].pid, bank.pid());
}

// catalogue 106
TEST_F(CrashTest, IsWhatAMessageForAnotherTypeOfActorLeadsTo) {
  const auto bank = world_.spawn<Bank>();
  const Ref<Broken> wrong(world_.runtime(), bank.pid());
  ASSERT_TRUE(wrong.cast(Broken::Fail{}));
  EXPECT_FALSE(world_.alive(bank.pid()));
  EXPECT_TRUE(only_crash()->reason.exception()->what.contains("does not handle"));
}

// catalogue 106
TEST_F(CrashTest, IsWhatACallForAnotherTypeOfActorLeadsToAndItsCallerIsTold) {
  const auto broken = world_.spawn<Broken>();
  const auto answer = world_.call(Ref<Bank>(world_.runtime(), broken.pid()), Bank::Rob{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_TRUE(answer.error().context.contains("UnhandledMessage")) << answer.error().context;
}

}  // namespace
}  // namespace coppice::actors
