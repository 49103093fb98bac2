// The address of a place in the tree, while its actor comes and goes.
#include "supervisor/supervision_fixture.hpp"
#include "support/probe.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using actors::ChildRef;
using actors::Duration;
using actors::Task;
using support::Answer;
using support::Probe;

using Question = TestWorker::Get;

Task<void> ask_when_up(ChildRef<TestWorker> worker, Duration timeout,
                       Answer<std::uint32_t> answer) {
  *answer = co_await worker.call_when_up(Question{}, timeout);
}

/// One worker whose restart takes a second.
class ChildRefTest : public SupervisionTest {
 protected:
  ChildRefTest() {
    ChildSpec spec = child("a");
    spec.backoff = Backoff{.min = 1s, .max = 1s, .jitter = 0};
    supervisor_ = start(Strategy::one_for_one, {std::move(spec)});
    worker_ = ChildRef<TestWorker>(world_.runtime(), place_->find("a"));
  }

  Answer<std::uint32_t> ask_when_up(Duration timeout) {
    auto answer = std::make_shared<std::optional<Result<std::uint32_t>>>();
    support::start_in(world_, probe_, [=, this](Probe* /*self*/) {
      return supervisor::ask_when_up(worker_, timeout, answer);
    });
    return answer;
  }

  Ref<Supervisor> supervisor_;
  ChildRef<TestWorker> worker_;
  Ref<Probe> probe_ = world_.spawn<Probe>();
};

// catalogue 113
TEST_F(ChildRefTest, FailsFastOrWaitsForTheNextIncarnationAsAsked) {
  const std::uint64_t before = worker_.epoch();
  crash("a");
  EXPECT_EQ(world_.call(worker_, Question{}).error(), Errc::restarting);
  EXPECT_EQ(worker_.cast(TestWorker::Crash{}).error(), Errc::restarting);
  const auto patient = ask_when_up(5s);
  EXPECT_FALSE(patient->has_value());
  world_.advance(1s);
  ASSERT_TRUE(patient->has_value());
  EXPECT_EQ((*patient)->value(), 2U) << "the second incarnation's answer";
  EXPECT_EQ(worker_.epoch(), before + 1);
}

TEST_F(ChildRefTest, DoesNotAskAnIncarnationThatIsBeingStopped) {
  script("a")->stop_takes = 1s;
  const auto cycled =
      support::call_from(world_, world_.spawn<Probe>(), supervisor_, CycleChild{"a"}, Duration(1h));
  const auto patient = ask_when_up(1h);
  EXPECT_FALSE(patient->has_value());
  world_.advance(1s);
  EXPECT_TRUE(cycled->has_value());
  ASSERT_TRUE(patient->has_value());
  EXPECT_EQ((*patient)->value(), 2U) << "the second incarnation's answer";
}

// catalogue 113
TEST_F(ChildRefTest, WaitsNoLongerThanItsTimeout) {
  crash("a");
  const auto hasty = ask_when_up(500ms);
  world_.advance(500ms);
  ASSERT_TRUE(hasty->has_value());
  EXPECT_EQ((*hasty)->error(), Errc::timeout);
}

// catalogue 113
TEST_F(ChildRefTest, StopsWaitingForWhatWillNotComeBack) {
  crash("a");
  const auto waiting = ask_when_up(1h);
  EXPECT_TRUE(world_.call(supervisor_, TerminateChild{"a"}));
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

// catalogue 113
TEST_F(ChildRefTest, StopsWaitingForWhatIsTakenOutOfTheTree) {
  crash("a");
  const auto waiting = ask_when_up(1h);
  EXPECT_TRUE(world_.stop(supervisor_.pid()));
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::supervisor
