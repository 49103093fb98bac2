#include "actors/watchdog.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/symbolise.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

/// Spins in a handler until it is told to end.
class Spinner final : public Server<Spinner> {
 public:
  struct Spin {
    using Reply = int;
    std::shared_ptr<std::atomic<bool>> end;
  };
  int handle(const Spin& message) {
    spin_until(*message.end);
    return 1;
  }

  [[gnu::noinline]] static void spin_until(const std::atomic<bool>& end) {
    while (!end) {
    }
  }
};

/// The events of a runtime that several threads see.
class WatchdogTest : public testing::Test {
 protected:
  struct Report {
    EventKind kind{};
    Pid pid;
    std::string actor;
    std::string message;
    std::vector<const void*> stack;
    Duration elapsed{};
    std::uint64_t suppressed = 0;
  };

  void remember(const Event& event) {
    const std::lock_guard lock(mutex_);
    reports_.push_back({event.kind,
                        event.pid,
                        std::string(event.path),
                        std::string(event.type),
                        {event.stack.begin(), event.stack.end()},
                        event.duration,
                        event.value});
    changed_.notify_all();
  }
  std::vector<Report> wait_for_reports(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reports_.size() >= count; });
    return reports_;
  }
  /// Lets the actor spin until @p count reports have come, and returns them.
  std::vector<Report> spin(std::size_t count) {
    auto end = std::make_shared<std::atomic<bool>>(false);
    std::jthread caller([&] { EXPECT_EQ(spinner_.call_blocking(Spinner::Spin{end}, 60s), 1); });
    auto reports = wait_for_reports(count);
    *end = true;
    return reports;
  }

  /// Until the watchdog sleeps.
  void wait_until_idle() {
    while (!runtime_.bell().listens()) std::this_thread::yield();
  }
  [[nodiscard]] std::uint64_t steps() { return runtime_.shard(0).activity().sequence; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Report> reports_;  // guarded by mutex_
  Runtime runtime_{{.shards = 1}};
  EventBus::Subscription subscription_ =
      runtime_.events().attach([this](const Event& event) { remember(event); },
                               {EventKind::handler_slow, EventKind::core_stalled});
  Ref<Spinner> spinner_ = spawn<Spinner>(runtime_, {}).value();
};

// catalogue 122
TEST_F(WatchdogTest, NamesWhoHoldsItsShardSinceWhenAndWhere) {
  const Watchdog watchdog(runtime_, {.soft_limit = 100ms});
  const auto report = spin(1)[0];
  EXPECT_EQ(report.kind, EventKind::handler_slow);
  EXPECT_EQ(report.pid, spinner_.pid());
  EXPECT_TRUE(report.actor.ends_with("Spinner")) << report.actor;
  EXPECT_TRUE(report.message.ends_with("Spinner::Spin")) << report.message;
  EXPECT_GE(report.elapsed, 100ms);
  const auto stack = symbolise(report.stack);
  EXPECT_TRUE(stack.contains("spin_until")) << stack;
}

// catalogue 122
TEST_F(WatchdogTest, ReportsTheSameStallAgainWhenItsLengthHasDoubled) {
  const Watchdog watchdog(runtime_, {.interval = 1ms, .soft_limit = 5ms});
  auto reports = spin(5);
  // On a busy machine the shard itself may have stood still before.
  std::erase_if(reports, [this](const Report& report) { return report.pid != spinner_.pid(); });
  ASSERT_GE(reports.size(), 2U);
  for (std::size_t i = 1; i < reports.size(); ++i) {
    EXPECT_GE(reports[i].elapsed, 2 * reports[i - 1].elapsed);
  }
}

// catalogue 122
TEST_F(WatchdogTest, ReportsNoMoreThanItsRateButAlwaysALostShard) {
  const Watchdog watchdog(runtime_, {.interval = 1ms,
                                     .soft_limit = 1ms,
                                     .hard_limit = 2s,
                                     .abort_on_hard_limit = false,
                                     .reports_per_minute = 1});
  const auto reports = spin(2);
  EXPECT_EQ(reports[0].kind, EventKind::handler_slow);
  EXPECT_EQ(reports[1].kind, EventKind::core_stalled);
  EXPECT_GE(reports[1].elapsed, 2s);
}

// catalogue 122
TEST_F(WatchdogTest, CountsWhatItDoesNotReport) {
  // Without a report it looks on.
  const Watchdog watchdog(runtime_, {.interval = 1ms,
                                     .soft_limit = 1ms,
                                     .hard_limit = 1s,
                                     .abort_on_hard_limit = false,
                                     .reports_per_minute = 0});
  EXPECT_GT(spin(1)[0].suppressed, 0U);
}

// catalogue 122
TEST_F(WatchdogTest, LeavesActorsWithAThreadOfTheirOwnAlone) {
  const Watchdog watchdog(runtime_, {.interval = 1ms, .soft_limit = 1ms});
  const auto blocking = spawn<Spinner>(runtime_, {.placement = Placement::own_thread()}).value();
  auto end = std::make_shared<std::atomic<bool>>(false);
  std::jthread caller([&] { EXPECT_EQ(blocking.call_blocking(Spinner::Spin{end}, 60s), 1); });
  // The one on the shard is noticed long after the other one began.
  const auto reports = spin(3);
  *end = true;
  for (const auto& report : reports) EXPECT_NE(report.pid, blocking.pid());
}

TEST_F(WatchdogTest, SeesAnAsioHandlerThatHoldsItsShard) {
  const Watchdog watchdog(runtime_, {.interval = 1ms, .soft_limit = 50ms});
  auto end = std::make_shared<std::atomic<bool>>(false);
  boost::asio::post(runtime_.shard(0).io(), [end] { Spinner::spin_until(*end); });
  const auto report = wait_for_reports(1)[0];
  *end = true;
  EXPECT_EQ(report.kind, EventKind::handler_slow);
  EXPECT_FALSE(report.pid);
  EXPECT_EQ(report.actor, "") << "though one has run before";
  EXPECT_GE(report.elapsed, 50ms);
  const auto stack = symbolise(report.stack);
  EXPECT_TRUE(stack.contains("spin_until")) << stack;
}

// The shards have rested for a while when something holds one of them.
TEST_F(WatchdogTest, IsWokenByWhatMovesAfterALongRest) {
  const Watchdog watchdog(
      runtime_, {.interval = 1ms, .soft_limit = 50ms, .hard_limit = 3600s, .idle_after = 1ms});
  wait_until_idle();
  const auto report = spin(1)[0];
  EXPECT_EQ(report.pid, spinner_.pid());
  EXPECT_GE(report.elapsed, 50ms);
}

TEST_F(WatchdogTest, SeesAnAsioHandlerThatHoldsItsShardAfterALongRest) {
  const Watchdog watchdog(runtime_, {.interval = 1ms,
                                     .soft_limit = 50ms,
                                     .hard_limit = 400ms,
                                     .abort_on_hard_limit = false,
                                     .idle_after = 1ms,
                                     .idle_interval = 200ms});
  wait_until_idle();
  auto end = std::make_shared<std::atomic<bool>>(false);
  boost::asio::post(runtime_.shard(0).io(), [end] { Spinner::spin_until(*end); });
  const auto report = wait_for_reports(1)[0];
  *end = true;
  EXPECT_GE(report.elapsed, 50ms);
}

TEST_F(WatchdogTest, IsWokenByAnAsioHandlerThatSaysThatTheRestIsOver) {
  const Watchdog watchdog(runtime_, {.interval = 1ms,
                                     .soft_limit = 50ms,
                                     .hard_limit = 3600s,
                                     .idle_after = 1ms,
                                     .idle_interval = 3600s});
  wait_until_idle();
  auto end = std::make_shared<std::atomic<bool>>(false);
  boost::asio::post(runtime_.shard(0).io(), [end] {
    Shard::stir();
    Spinner::spin_until(*end);
  });
  const auto report = wait_for_reports(1)[0];
  *end = true;
  EXPECT_EQ(report.kind, EventKind::handler_slow);
  EXPECT_GE(report.elapsed, 50ms);
}

TEST_F(WatchdogTest, LeavesShardsAloneThatRest) {
  const Watchdog watchdog(
      runtime_, {.interval = 1ms, .soft_limit = 1ms, .hard_limit = 3600s, .idle_after = 1ms});
  wait_until_idle();
  const auto before = steps();
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(steps(), before);
}

/// Has a task in the background that takes long, but lets others run.
class Polite final : public Server<Polite> {
 public:
  struct Begin {
    using Reply = void;
    Duration lasts;
  };
  void handle(Begin message, ReplyTo<void> reply) {
    background(work_until(steady_clock()->now() + message.lasts, std::move(reply)));
  }

 private:
  static Task<void> work_until(Time end, ReplyTo<void> reply) {
    while (steady_clock()->now() < end) {
      work_for(3ms);
      co_await yield();
    }
    reply.answer({});
  }
  static void work_for(Duration slice) {
    const Time end = steady_clock()->now() + slice;
    while (steady_clock()->now() < end) {
    }
  }
};

TEST_F(WatchdogTest, DoesNotBlameATaskThatYields) {
  const Watchdog watchdog(runtime_, {.interval = 1ms, .soft_limit = 250ms});
  const auto polite = spawn<Polite>(runtime_, {}).value();
  ASSERT_TRUE(polite.call_blocking(Polite::Begin{1s}, 60s));
  const std::lock_guard lock(mutex_);
  EXPECT_TRUE(reports_.empty());
}

using WatchdogDeathTest = WatchdogTest;

// catalogue 122
TEST_F(WatchdogDeathTest, EndsTheProcessAtTheHardLimitUnlessToldOtherwise) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Watchdog watchdog(runtime_, {.interval = 1ms, .hard_limit = 20ms});
        auto end = std::make_shared<std::atomic<bool>>(false);
        std::ignore = spinner_.call_blocking(Spinner::Spin{end}, 60s);
      },
      testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace coppice::actors
