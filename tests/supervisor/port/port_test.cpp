#include "supervisor/port/port.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "supervisor/port/children.hpp"
#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor::port {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

/// A port in a world whose clock stands still, while its process runs in real time: what the
/// process does is waited for, and what the actor's clock brings is brought by advance().
class PortTest : public SupervisionTest {
 protected:
  void TearDown() override {
    if (port_) world_.kill(port_);
    EXPECT_TRUE(until([] { return has_no_children(); }));
  }

  [[nodiscard]] PortOptions options(std::string script) const {
    PortOptions options{.command = shell(std::move(script))};
    options.on_line = [lines = lines_](std::string_view line) { lines->emplace_back(line); };
    return options;
  }

  StartOutcome try_port(const PortOptions& options) {
    auto spec = port_child("port", options);
    spec.options.place = place_->add_child("port", ChildType::worker, "under test");
    return world_.start(spec.start, spec.options);
  }
  void start_port(const PortOptions& options) {
    auto outcome = try_port(options);
    ASSERT_TRUE(outcome.ok()) << outcome.reason.to_string();
    port_ = outcome.pid;
  }

  /// Why a start failed; the world can't wait for the process by itself.
  std::string failure(const PortOptions& options) {
    EXPECT_FALSE(try_port(options).ok());
    EXPECT_TRUE(until([this] { return world_.count(EventKind::actor_exit) > 0; }));
    return world_.events(EventKind::actor_exit).at(0).reason->to_string();
  }

  /// Waits for what another process does, without moving the actors' clock.
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      world_.run();
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  bool until_line(const std::string& line) {
    return until([&] { return std::ranges::find(*lines_, line) != lines_->end(); });
  }
  /// With what reason the actor ended.
  std::string end() {
    EXPECT_TRUE(until([&] { return exit_reason(port_).has_value(); }));
    return exit_reason(port_).value_or(ExitReason()).to_string();
  }
  void tell_to_stop() {
    actors::send_exit(world_.runtime(), {}, port_, ExitReason::shutdown());
    world_.run();
  }

  std::string state() {
    std::string text;
    must(world_.runtime().inspect(port_,
                                  [&text](actors::Cell& cell) { text = cell.actor().describe(); }));
    return text;
  }

  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  Pid port_;
};

// -- starting ------------------------------------------------------------------------------------

TEST_F(PortTest, HandsOnEachLineOfItsProcess) {
  start_port(options("echo one; echo two >&2; exec sleep 1000"));
  EXPECT_TRUE(until_line("two"));
  EXPECT_EQ(*lines_, (Lines{"one", "two"}));
}

TEST_F(PortTest, FailsToStartWithoutItsProgram) {
  EXPECT_EQ(failure({.command = {.argv = {"no-such-program"}}}),
            "custom(no-such-program can't be started: no-such-program is not in PATH)");
}

TEST_F(PortTest, HasStartedOnceItsProcessIsReady) {
  auto given = options("exec sleep 1000");
  const auto asked = std::make_shared<int>(0);
  given.ready = [asked]() -> Result<void> {
    if (++*asked < 3) return actors::fail(Errc::unavailable);
    return {};
  };
  start_port(given);
  EXPECT_EQ(*asked, 3);
}

TEST_F(PortTest, FailsToStartIfItsProcessIsNotReadyInTime) {
  auto given = options("exec sleep 1000");
  given.ready_within = 5s;
  given.ready = [] { return actors::fail(Errc::unavailable, "still loading"); };
  EXPECT_EQ(failure(given), "custom(sh is not ready after 5000 ms: unavailable: still loading)");
}

TEST_F(PortTest, FailsToStartIfItsProcessEndsBeforeItIsReady) {
  auto given = options("echo bad configuration; exit 1");
  given.ready_within = 24h;
  given.ready = [] {
    std::this_thread::sleep_for(1ms);  // lets real time pass with that of the actors
    return actors::fail(Errc::unavailable);
  };
  EXPECT_EQ(failure(given),
            "custom(sh ended with exit code 1 before it was ready; last line: bad "
            "configuration)");
}

// -- running -------------------------------------------------------------------------------------

TEST_F(PortTest, CrashesWhenItsProcessEndsByItself) {
  start_port(options("echo last words; exit 3"));
  EXPECT_EQ(end(), "custom(sh ended with exit code 3)");
  EXPECT_EQ(*lines_, Lines{"last words"});
  EXPECT_EQ(world_.count(EventKind::actor_crash), 1U);
}

TEST_F(PortTest, CrashesWhenItsProcessEndsWellToo) {
  start_port(options("exit 0"));
  EXPECT_EQ(end(), "custom(sh ended with exit code 0)");
}

TEST_F(PortTest, NamesTheSignalThatEndedItsProcess) {
  start_port(options("kill -9 $$"));
  EXPECT_EQ(end(), "custom(sh was ended by signal 9 (SIGKILL))");
}

TEST_F(PortTest, CutsALongLine) {
  start_port(options("head -c 10000 /dev/zero | tr '\\0' x; echo; exec sleep 1000"));
  ASSERT_TRUE(until([&] { return !lines_->empty(); }));
  EXPECT_EQ(lines_->front(), std::string(8'192, 'x') + " … (cut after 8192 bytes)");
}

TEST_F(PortTest, SendsSignals) {
  start_port(options("trap 'echo reloaded' HUP; echo up; while :; do sleep 0.01; done"));
  ASSERT_TRUE(until_line("up"));
  EXPECT_TRUE(Ref<Port>(world_.runtime(), port_).cast(Port::Signal{SIGHUP}));
  EXPECT_TRUE(until_line("reloaded"));
}

TEST_F(PortTest, TellsOperatorsOfItsProcess) {
  start_port(options("printf 'up \\377\\n'; exec sleep 1000"));
  ASSERT_TRUE(until([&] { return !lines_->empty(); }));
  const auto text = state();
  EXPECT_TRUE(text.starts_with("sh, pid ")) << text;
  EXPECT_TRUE(text.contains(", up since 2")) << text;
  EXPECT_TRUE(text.ends_with(" MiB; last line: up ?")) << text;
}

TEST_F(PortTest, EndsWithWhatTheReceiverOfItsLinesThrows) {
  auto given = options("trap 'exit 0' TERM; echo one; while :; do sleep 0.01; done");
  given.on_line = [](std::string_view) { throw std::runtime_error("no more lines"); };
  start_port(given);
  EXPECT_EQ(end(), "error(std::runtime_error: no more lines)");
}

// -- health --------------------------------------------------------------------------------------

TEST_F(PortTest, CrashesWhenItsProcessIsUnwellForLong) {
  auto given = options("exec sleep 1000");
  given.health = [] { return actors::fail(Errc::timeout, "no pong"); };
  start_port(given);
  world_.advance(2 * given.health_every);
  EXPECT_EQ(exit_reason(port_), std::nullopt);
  world_.advance(given.health_every);
  EXPECT_EQ(end(),
            "custom(sh is not well: 3 checks in a row have failed, the last with: timeout: no "
            "pong)");
}

TEST_F(PortTest, BearsAProcessThatIsWellAgain) {
  auto given = options("exec sleep 1000");
  const auto asked = std::make_shared<int>(0);
  given.health = [asked]() -> Result<void> {
    if (++*asked % 3 == 0) return {};
    throw std::runtime_error("unwell");
  };
  start_port(given);
  world_.advance(10 * given.health_every);
  EXPECT_EQ(*asked, 10);
  EXPECT_EQ(exit_reason(port_), std::nullopt);
}

TEST_F(PortTest, BlamesNoProcessThatCouldNotBeAsked) {
  auto given = options("exec sleep 1000");
  given.health = [] { return actors::fail(Errc::unavailable); };
  start_port(given);
  world_.hold_blocking_jobs(true);
  world_.advance(10 * (given.health_every + given.health_within));
  EXPECT_EQ(exit_reason(port_), std::nullopt);
}

// -- ending --------------------------------------------------------------------------------------

TEST_F(PortTest, LetsItsProcessFinishWhenItIsStopped) {
  start_port(options("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done"));
  ASSERT_TRUE(until_line("up"));
  tell_to_stop();
  EXPECT_EQ(end(), "shutdown");
  EXPECT_EQ(*lines_, (Lines{"up", "bye"}));
  EXPECT_TRUE(has_no_children());
}

TEST_F(PortTest, KillsAProcessThatDoesNotStop) {
  auto given = options("trap '' TERM; echo up; while :; do sleep 0.01; done");
  start_port(given);
  ASSERT_TRUE(until_line("up"));
  tell_to_stop();
  world_.advance(given.stop_within - 1ms);
  EXPECT_EQ(exit_reason(port_), std::nullopt);
  world_.advance(1ms);
  EXPECT_EQ(end(), "shutdown");
  EXPECT_TRUE(has_no_children());
}

TEST_F(PortTest, TakesItsProcessWithItWhenItIsKilled) {
  start_port(options("exec sleep 1000"));
  world_.kill(port_);
  EXPECT_EQ(end(), "killed");
  EXPECT_TRUE(has_no_children());
}

TEST_F(PortTest, TakesItsProcessWithItWhenItIsKilledWhileItStops) {
  start_port(options("trap '' TERM; echo up; while :; do sleep 0.01; done"));
  ASSERT_TRUE(until_line("up"));
  tell_to_stop();
  world_.kill(port_);
  EXPECT_EQ(end(), "killed");
  EXPECT_TRUE(has_no_children());
}

TEST_F(PortTest, TakesItsProcessWithItWhenItCrashes) {
  start_port(options("exec sleep 1000"));
  world_.runtime().crash(port_, "boom");
  EXPECT_EQ(end(), kBoom);
  EXPECT_TRUE(has_no_children());
}

TEST_F(PortTest, IsStartedAnewByItsSupervisor) {
  const auto supervisor =
      start(Strategy::one_for_one, {port_child("port", options("echo $$; exec sleep 1000"))});
  port_ = supervisor.pid();  // its end is the port's
  ASSERT_TRUE(until([&] { return lines_->size() == 1; }));
  const auto first = pid("port");
  ::kill(std::stoi(lines_->front()), SIGKILL);
  ASSERT_TRUE(until([&] { return lines_->size() == 2; }));
  EXPECT_NE(pid("port"), first);
  EXPECT_NE(lines_->front(), lines_->back());
}

// With real threads: forks while others run, and a check that hangs.
TEST(PortThreads, GiveUpAProcessThatDoesNotAnswerInTime) {
  std::atomic<bool> over = false;
  {
    actors::Runtime runtime({.shards = 2});
    PortOptions given{.command = shell("exec sleep 1000")};
    given.health_every = 1ms;
    given.health_within = 1ms;
    given.health_failures = 1;
    given.health = [&over]() -> Result<void> {
      over.wait(false);
      return {};
    };
    auto spec = port_child("port", given);
    const auto outcome = runtime.start(spec.start, spec.options);
    EXPECT_TRUE(outcome.ok());
    while (runtime.stats(outcome.pid)) std::this_thread::yield();
    over = true;
    over.notify_all();
  }
  EXPECT_TRUE(has_no_children());
}

}  // namespace
}  // namespace coppice::supervisor::port
