// Messages that an incarnation had not begun, where the spec says that they are kept.
#include "actors/sys.hpp"
#include "supervisor/supervision_fixture.hpp"
#include "support/probe.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using support::Answer;
using support::call_from;
using support::Probe;

class KeptMailTest : public SupervisionTest {
 protected:
  ChildSpec keeper(Restart restart = Restart::permanent) {
    ChildSpec spec = child("a", restart);
    spec.options.mailbox.keep_unstarted = true;
    return spec;
  }

  /// Asks from a probe of its own; the worker is suspended, so that the question waits.
  Answer<std::uint32_t> ask(actors::Duration timeout = 1h) {
    const Ref<TestWorker> worker(world_.runtime(), pid("a"));
    std::ignore = actors::Sys(world_.runtime(), pid("a")).suspend();
    return call_from(world_, world_.spawn<Probe>(), worker, TestWorker::Get{}, timeout);
  }

  void kill() {
    world_.kill(pid("a"));
    world_.run();
  }
};

TEST_F(KeptMailTest, IsHandledByTheNextIncarnation) {
  start(Strategy::one_for_one, {keeper()});
  const auto first = ask();
  const auto second = ask();
  EXPECT_FALSE(first->has_value());
  kill();
  ASSERT_TRUE(first->has_value() && second->has_value());
  EXPECT_EQ((*first)->value(), 2U);
  EXPECT_EQ((*second)->value(), 2U);
}

TEST_F(KeptMailTest, IsNotHandledAfterItsCallerGaveUp) {
  ChildSpec spec = keeper();
  spec.backoff = Backoff{.min = 1s, .max = 1s, .jitter = 0};
  start(Strategy::one_for_one, {std::move(spec)});
  const auto hasty = ask(500ms);
  kill();
  world_.advance(2s);
  EXPECT_EQ((*hasty)->error(), Errc::timeout);
  EXPECT_EQ(world_.count(EventKind::call_expired), 1U);
}

TEST_F(KeptMailTest, IsHandledAfterARestartThatAnOperatorOrders) {
  const auto supervisor = start(Strategy::one_for_one, {keeper()});
  const auto waiting = ask();
  EXPECT_TRUE(world_.call(supervisor, CycleChild{"a"}));
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->value(), 2U);
}

TEST_F(KeptMailTest, IsHandledAfterARestartForASiblingsSake) {
  start(Strategy::rest_for_one, {child("first"), keeper()});
  const auto waiting = ask();
  world_.kill(pid("first"));
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->value(), 2U);
}

TEST_F(KeptMailTest, IsDroppedWhenTheActorIsStopped) {
  const auto supervisor = start(Strategy::one_for_one, {keeper()});
  const auto waiting = ask();
  EXPECT_TRUE(world_.call(supervisor, TerminateChild{"a"}));
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

TEST_F(KeptMailTest, IsDroppedWhenTheTreeIsStopped) {
  const auto supervisor = start(Strategy::one_for_one, {keeper()});
  const auto waiting = ask();
  std::ignore = world_.stop(supervisor.pid());
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

TEST_F(KeptMailTest, IsDroppedWithAnActorThatNobodySupervises) {
  actors::SpawnOptions options;
  options.mailbox.keep_unstarted = true;
  options.place = world_.runtime().root()->child("alone", actors::Place::Kind::worker, "");
  const auto worker = world_.spawn_with<TestWorker>(options, script("alone"), Starting::ok);
  EXPECT_TRUE(actors::Sys(world_.runtime(), worker.pid()).suspend());
  const auto waiting = call_from(world_, world_.spawn<Probe>(), worker, TestWorker::Get{}, 1h);
  world_.kill(worker.pid());
  world_.run();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::down);
}

TEST_F(KeptMailTest, IsDroppedWhenTheSupervisorGivesUp) {
  start(SupervisorSpec{{.intensity = {.intensity = 0}}, {keeper()}});
  const auto waiting = ask();
  kill();
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

TEST_F(KeptMailTest, IsDroppedWithThePlaceOfATemporaryChild) {
  const auto pool = start_dynamic();
  add(pool, keeper(Restart::temporary));
  const std::shared_ptr<actors::Place> place = place_->find("a#1");
  const Ref<TestWorker> worker(world_.runtime(), place->pid());
  EXPECT_TRUE(actors::Sys(world_.runtime(), place->pid()).suspend());
  const auto waiting = call_from(world_, world_.spawn<Probe>(), worker, TestWorker::Get{}, 1h);
  world_.kill(worker.pid());
  world_.run();
  ASSERT_TRUE(waiting->has_value()) << "though somebody still holds the place";
  EXPECT_EQ((*waiting)->error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::supervisor
