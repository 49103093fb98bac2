#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::call_from;
using support::Probe;
using testkit::Journal;
using testkit::World;

/// Answers calls in every way there is.
class Clerk final : public Server<Clerk> {
 public:
  struct Now {
    using Reply = int;
    int value = 0;
  };
  struct Slow {
    using Reply = int;
    Duration takes;
  };
  struct Park {
    using Reply = int;
  };
  struct AnswerParked {
    int value = 0;
  };
  struct Forget {};
  struct Throw {
    using Reply = int;
  };
  struct ThrowLater {
    using Reply = int;
  };
  struct Refuse {
    using Reply = int;
  };
  struct Nothing {
    using Reply = int;
  };
  struct StopWithReply {
    using Reply = std::string;
    Duration cleanup;
  };
  struct Answered {
    using Reply = int;
  };

  explicit Clerk(std::shared_ptr<Journal> journal = std::make_shared<Journal>())
      : journal_(std::move(journal)) {}

  Task<void> terminate(ExitReason /*reason*/) {
    std::ignore = co_await sleep_for(cleanup_);
    journal_->add("cleaned up");
  }

  int handle(Now message) {
    ++handled_;
    return message.value;
  }
  Task<int> handle(Slow message) {
    std::ignore = co_await sleep_for(message.takes);
    ++handled_;
    co_return 7;
  }
  void handle(Park /*message*/, ReplyTo<int> reply) { parked_.push_back(std::move(reply)); }
  void handle(AnswerParked message) {
    for (auto& reply : std::exchange(parked_, {})) reply.answer(message.value);
  }
  void handle(Forget /*message*/) { parked_.clear(); }
  int handle(Throw /*message*/) { throw std::runtime_error("no paper"); }
  Task<int> handle(ThrowLater /*message*/) {
    std::ignore = co_await sleep_for(10ms);
    throw std::runtime_error("no ink");
  }
  Result<int> handle(Refuse /*message*/) { return fail(Errc::forbidden, "not for you"); }
  Task<int> handle(Nothing /*message*/) { return {}; }
  std::string handle(StopWithReply message) {
    cleanup_ = message.cleanup;
    stop();
    return "done";
  }
  int handle(Answered /*message*/) { return handled_; }

 private:
  std::shared_ptr<Journal> journal_;
  std::vector<ReplyTo<int>> parked_;
  Duration cleanup_{};
  int handled_ = 0;
};

TEST(Call, BringsTheAnswerOfAPlainHandlerAndOfACoroutine) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  EXPECT_EQ(world.call(clerk, Clerk::Now{3}), 3);
  EXPECT_EQ(world.call(clerk, Clerk::Slow{10ms}), 7);
}

TEST(Call, BringsTheFailureThatAHandlerReturns) {
  World world;
  const auto answer = world.call(world.spawn<Clerk>(), Clerk::Refuse{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), Errc::forbidden);
  EXPECT_EQ(answer.error().context, "not for you");
}

// catalogue 88
TEST(Call, BringsAnAnswerThatWasParkedAndGivenLater) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto caller = world.spawn<Probe>();
  const auto answer = call_from(world, caller, clerk, Clerk::Park{});
  EXPECT_FALSE(answer->has_value());
  world.advance(100ms);
  ASSERT_TRUE(clerk.cast(Clerk::AnswerParked{5}));
  world.run();
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ(**answer, 5);
}

TEST(Call, IsDroppedAtOnceWhenItsTokenIsDestroyed) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto answer = call_from(world, world.spawn<Probe>(), clerk, Clerk::Park{});
  ASSERT_TRUE(clerk.cast(Clerk::Forget{}));
  world.run();
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->error(), Errc::dropped);
}

// catalogue 89
TEST(Call, TimesOutAndDropsTheLateAnswer) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto seen = std::make_shared<Probe::Seen>();
  const auto caller = world.spawn<Probe>(seen);
  const auto answer = call_from(world, caller, clerk, Clerk::Slow{200ms}, 50ms);
  world.advance(50ms);
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->error(), Errc::timeout);
  EXPECT_EQ(world.count(EventKind::call_timeout), 1U);
  world.advance(250ms);
  EXPECT_EQ(world.call(clerk, Clerk::Answered{}), 1) << "the server did the work nevertheless";
  EXPECT_EQ(world.count(EventKind::call_late_reply), 1U);
  EXPECT_TRUE(seen->infos.empty());
  EXPECT_EQ(world.runtime().stats(caller.pid())->mailbox_depth, 0U);
}

TEST(Call, ThatHasExpiredIsDiscardedBeforeItsHandler) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto busy = call_from(world, world.spawn<Probe>(), clerk, Clerk::Slow{200ms});
  const auto expired = call_from(world, world.spawn<Probe>(), clerk, Clerk::Now{1}, 50ms);
  world.advance(300ms);
  EXPECT_EQ((*expired)->error(), Errc::timeout);
  EXPECT_EQ(world.call(clerk, Clerk::Answered{}), 1) << "only the slow one was handled";
  ASSERT_EQ(world.count(EventKind::call_expired), 1U);
  EXPECT_EQ(world.events(EventKind::call_expired)[0].duration, 150ms);
}

// catalogue 90
TEST(Call, ToADeadActorFailsAtOnce) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  world.kill(clerk.pid());
  const auto began = world.now();
  const auto answer = call_from(world, world.spawn<Probe>(), clerk, Clerk::Now{});
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->error(), Errc::noproc);
  EXPECT_EQ(world.call(clerk, Clerk::Now{}).error(), Errc::noproc) << "from outside as well";
  EXPECT_EQ(world.call(Ref<Clerk>(world.runtime(), Pid()), Clerk::Now{}).error(), Errc::noproc);
  EXPECT_EQ(world.call(Name<Clerk>(world.runtime(), "nobody"), Clerk::Now{}).error(), Errc::noproc);
  EXPECT_EQ(world.now(), began);
}

// catalogue 90
TEST(Call, ToOneselfFailsAtOnce) {
  World world;
  const auto probe = world.spawn<Probe>();
  const auto answer = call_from(world, probe, probe, Probe::Ping{});
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->error(), Errc::calling_self);
}

TEST(Call, ToANameOfAnotherTypeFailsAtOnce) {
  World world;
  world.spawn_with<Clerk>({.name = "clerk"});
  EXPECT_EQ(world.call(Name<Probe>(world.runtime(), "clerk"), Probe::Ping{}).error(),
            Errc::wrong_type);
}

/// Whether the handler throws before or after it has waited.
class CallToACrash : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Handlers, CallToACrash, testing::Bool());

// catalogue 91
TEST_P(CallToACrash, FailsWithTheReason) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const bool later = GetParam();
  const auto answer =
      later ? world.call(clerk, Clerk::ThrowLater{}) : world.call(clerk, Clerk::Throw{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_EQ(answer.error().context,
            later ? "error(std::runtime_error: no ink)" : "error(std::runtime_error: no paper)");
  EXPECT_FALSE(world.alive(clerk.pid()));
}

TEST(Call, ThatWaitsInTheMailboxOfACrashFailsWithTheReason) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto first = call_from(world, world.spawn<Probe>(), clerk, Clerk::ThrowLater{});
  const auto second = call_from(world, world.spawn<Probe>(), clerk, Clerk::Now{});
  world.advance(10ms);
  EXPECT_EQ((*first)->error(), Errc::down);
  EXPECT_EQ((*second)->error(), Errc::down);
  EXPECT_EQ((*second)->error().context, "error(std::runtime_error: no ink)");
}

Task<void> watch_and_call(Probe* self, Ref<Clerk> clerk, std::shared_ptr<Journal> journal) {
  self->monitor(clerk.pid());
  const auto answer = co_await clerk.call(Clerk::StopWithReply{300ms});
  journal->add(answer ? "answer " + *answer : answer.error().message());
}

// catalogue 92
TEST(Call, ThatStopsItsServerIsAnsweredAfterTheCleanUpAndBeforeTheDown) {
  World world;
  const auto journal = std::make_shared<Journal>();
  const auto seen = std::make_shared<Probe::Seen>();
  const auto clerk = world.spawn<Clerk>(journal);
  const auto probe = world.spawn<Probe>(seen);
  start_in(world, probe, [=](Probe* self) { return watch_and_call(self, clerk, journal); });
  world.advance(299ms);
  EXPECT_TRUE(journal->entries().empty());
  world.advance(1ms);
  EXPECT_EQ(journal->entries(), (std::vector<std::string>{"cleaned up", "answer done"}));
  ASSERT_EQ(seen->downs.size(), 1U);
  EXPECT_EQ(seen->downs[0].reason, ExitReason::normal());
}

// catalogue 93
TEST(Call, ToAHandlerThatReturnsAnEmptyTaskFailsWithBadReturnValue) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto answer = world.call(clerk, Clerk::Nothing{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_TRUE(answer.error().context.starts_with("bad_return_value")) << answer.error().context;
  EXPECT_FALSE(world.alive(clerk.pid()));
}

TEST(Call, IsCancelledWhenTheCallerIsToldToStop) {
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto caller = world.spawn<Probe>();
  const auto answer = call_from(world, caller, clerk, Clerk::Park{});
  EXPECT_EQ(world.stop(caller.pid()), ExitReason::shutdown());
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->error(), Errc::cancelled);
}

TEST(Forward, LetsSomebodyElseAnswerTheCall) {
  /// Passes every call on.
  class Desk final : public Server<Desk> {
   public:
    explicit Desk(Ref<Clerk> clerk) : clerk_(clerk) {}
    void handle(Clerk::Now message, ReplyTo<int> reply) {
      clerk_.forward(message, std::move(reply));
    }

   private:
    Ref<Clerk> clerk_;
  };
  World world;
  const auto clerk = world.spawn<Clerk>();
  const auto desk = world.spawn<Desk>(clerk);
  EXPECT_EQ(world.call(desk, Clerk::Now{4}), 4);
  world.kill(clerk.pid());
  EXPECT_EQ(world.call(desk, Clerk::Now{4}).error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::actors
