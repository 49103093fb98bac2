#include <chrono>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

enum class Order : std::uint8_t { start, restart, remove, terminate };

/// One cell of the table: an order to a child in some state, the answer, and the state after it.
struct OrderCase {
  std::string before;
  Order order;
  std::string answer;
  std::string after;
};

class SupervisorOrder : public SupervisionTest, public testing::WithParamInterface<OrderCase> {
 protected:
  /// Brings the child "a" of the supervisor into that state.
  void bring(Ref<Supervisor> supervisor, const std::string& into) {
    if (into == "absent") return;
    add(supervisor, child("a", into == "temporary" ? Restart::temporary : Restart::permanent));
    if (into == "stopped") must(world_.call(supervisor, TerminateChild{"a"}));
    if (into != "restarting") return;
    script("a")->start = Starting::stop;
    script("a")->start_takes = 10ms;
    crash("a");
  }

  std::string give(Ref<Supervisor> supervisor, Order order) {
    switch (order) {
      case Order::start: return answer(world_.call(supervisor, StartChild{child("a")}));
      case Order::restart: return answer(world_.call(supervisor, RestartChild{"a"}));
      case Order::remove: return answer(world_.call(supervisor, DeleteChild{"a"}));
      case Order::terminate: return answer(world_.call(supervisor, TerminateChild{"a"}));
    }
    return "no order";
  }

  [[nodiscard]] std::string state_name(Ref<Supervisor> supervisor) {
    const auto seen = info(supervisor, "a");
    if (!seen) return "absent";
    EXPECT_EQ(static_cast<bool>(seen->pid), seen->state == ChildState::running);
    switch (seen->state) {
      case ChildState::running: return "running";
      case ChildState::stopped: return "stopped";
      case ChildState::restarting: return "restarting";
    }
    return "no state";
  }

 private:
  template <class T>
  std::string answer(const Result<T>& result) {
    return result ? "ok" : std::string(to_string(result.error().code));
  }
};

// catalogue 60
TEST_P(SupervisorOrder, IsAnsweredByTheStateOfTheChild) {
  const auto& [before, order, expected, after] = GetParam();
  const auto supervisor = start({{.intensity = {.intensity = 1000}}, std::vector<ChildSpec>{}});
  bring(supervisor, before);
  EXPECT_EQ(give(supervisor, order), expected);
  EXPECT_EQ(state_name(supervisor), after);
}

std::string order_case_name(const testing::TestParamInfo<OrderCase>& info) {
  static const std::vector<std::string> kNames{"start", "restart", "remove", "terminate"};
  return info.param.before + "_" + kNames[static_cast<std::size_t>(info.param.order)];
}

INSTANTIATE_TEST_SUITE_P(
    States, SupervisorOrder,
    testing::Values(OrderCase{"absent", Order::start, "ok", "running"},
                    OrderCase{"absent", Order::restart, "not_found", "absent"},
                    OrderCase{"absent", Order::remove, "not_found", "absent"},
                    OrderCase{"absent", Order::terminate, "not_found", "absent"},
                    OrderCase{"running", Order::start, "already_started", "running"},
                    OrderCase{"running", Order::restart, "running", "running"},
                    OrderCase{"running", Order::remove, "running", "running"},
                    OrderCase{"running", Order::terminate, "ok", "stopped"},
                    OrderCase{"temporary", Order::start, "already_started", "running"},
                    OrderCase{"temporary", Order::restart, "running", "running"},
                    OrderCase{"temporary", Order::remove, "running", "running"},
                    OrderCase{"temporary", Order::terminate, "ok", "absent"},
                    OrderCase{"stopped", Order::start, "already_present", "stopped"},
                    OrderCase{"stopped", Order::restart, "ok", "running"},
                    OrderCase{"stopped", Order::remove, "ok", "absent"},
                    OrderCase{"stopped", Order::terminate, "ok", "stopped"},
                    OrderCase{"restarting", Order::start, "already_present", "restarting"},
                    OrderCase{"restarting", Order::restart, "restarting", "restarting"},
                    OrderCase{"restarting", Order::remove, "restarting", "restarting"},
                    OrderCase{"restarting", Order::terminate, "ok", "stopped"}),
    order_case_name);

using SupervisorAdmin = SupervisionTest;

// catalogue 60
TEST_F(SupervisorAdmin, NamesTheIncarnationThatIsAlreadyStarted) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const auto again = world_.call(supervisor, StartChild{child("a")});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().context, to_string(pid("a")));
}

// catalogue 60
TEST_F(SupervisorAdmin, KnowsChildrenByIdOnly) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  EXPECT_EQ(world_.call(supervisor, TerminateChild{pid("a")}).error(), Errc::not_found);
  EXPECT_EQ(world_.call(supervisor, CycleChild{pid("a")}).error(), Errc::not_found);
  EXPECT_TRUE(world_.alive(pid("a")));
}

// catalogue 61
TEST_F(SupervisorAdmin, AnswersNoprocAfterTheSupervisorsEnd) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  must(world_.stop(supervisor.pid()));
  const auto error = [&](auto question) {
    const auto answer = world_.call(supervisor, std::move(question));
    return answer ? "ok" : to_string(answer.error().code);
  };
  EXPECT_EQ(error(StartChild{child("b")}), "noproc");
  EXPECT_EQ(error(RestartChild{"a"}), "noproc");
  EXPECT_EQ(error(DeleteChild{"a"}), "noproc");
  EXPECT_EQ(error(TerminateChild{"a"}), "noproc");
  EXPECT_EQ(error(CycleChild{"a"}), "noproc");
  EXPECT_EQ(error(WhichChildren{}), "noproc");
  EXPECT_EQ(error(CountChildren{}), "noproc");
  EXPECT_EQ(error(GetChildSpec{"a"}), "noproc");
  EXPECT_EQ(error(Reconfigure{}), "noproc");
}

// catalogue 62
TEST_F(SupervisorAdmin, PassesOnWhatAChildTellsItsStarter) {
  const auto supervisor = start({});
  script("a")->info = std::string("port 4000");
  auto started = must(world_.call(supervisor, StartChild{child("a")}));
  EXPECT_EQ(std::any_cast<std::string>(started.info), "port 4000");
  must(world_.call(supervisor, TerminateChild{"a"}));
  script("a")->info = std::string("port 4001");
  started = must(world_.call(supervisor, RestartChild{"a"}));
  EXPECT_EQ(std::any_cast<std::string>(started.info), "port 4001");
  EXPECT_EQ(started.pid, pid("a"));
}

struct FailingStart {
  Starting how;
  std::string name;
  std::string reason;
};

class FailedStart : public SupervisionTest, public testing::WithParamInterface<FailingStart> {};

// catalogue 63
TEST_P(FailedStart, OfANewChildIsAnsweredAndForgotten) {
  const auto supervisor = start({});
  script("a")->start = GetParam().how;
  const auto started = world_.call(supervisor, StartChild{child("a")});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::start_failed);
  EXPECT_EQ(started.error().context, GetParam().reason);
  EXPECT_EQ(state(supervisor, "a"), std::nullopt);
  EXPECT_FALSE(place_->find("a"));
  EXPECT_EQ(reports().back(), "sup.start_error /top/a");
}

// catalogue 64
TEST_P(FailedStart, OfAStoppedChildLeavesItStopped) {
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  must(world_.call(supervisor, TerminateChild{"a"}));
  script("a")->start = GetParam().how;
  const auto started = world_.call(supervisor, RestartChild{"a"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::start_failed);
  EXPECT_EQ(started.error().context, GetParam().reason);
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  EXPECT_EQ(place_->find("a")->state(), actors::Place::State::stopped);
  world_.advance(1s);
  EXPECT_EQ(starts("a"), 2) << "an operator's start is not retried";
}

INSTANTIATE_TEST_SUITE_P(
    Ways, FailedStart,
    testing::Values(
        FailingStart{Starting::stop, "InitStops", "custom(no start)"},
        FailingStart{Starting::throws, "InitThrows", "error(std::runtime_error: no init)"},
        FailingStart{Starting::constructor, "ConstructorThrows",
                     "error(std::runtime_error: no actor)"},
        FailingStart{Starting::empty_task, "EmptyTask", "bad_return_value(init: empty task)"},
        FailingStart{Starting::null_pointer, "NoActor", "bad_return_value(start: no actor)"}),
    [](const auto& info) { return info.param.name; });

// catalogue 65
TEST_F(SupervisorAdmin, CountsChildrenByKindWhetherTheyRunOrNot) {
  const auto supervisor =
      start(Strategy::one_for_one,
            {child("running"), child("stopped"), child("restarting"),
             child("gone", Restart::temporary), supervisor_child("sub", {{}, {child("inner")}}),
             supervisor_child("stopped sub", {}), dynamic_supervisor_child("pool")});
  must(world_.call(supervisor, TerminateChild{"stopped"}));
  must(world_.call(supervisor, TerminateChild{"stopped sub"}));
  must(world_.call(supervisor, TerminateChild{"gone"}));
  script("restarting")->start = Starting::stop;
  script("restarting")->start_takes = 10ms;
  crash("restarting");
  EXPECT_EQ(counts(supervisor),
            (ChildCounts{.specs = 6, .active = 3, .supervisors = 3, .workers = 3}));
}

/// A child whose start function holds on to @p arguments.
ChildSpec holding(ChildSpec spec, std::shared_ptr<int> arguments) {
  spec.start = [start = std::move(spec.start), arguments = std::move(arguments)] {
    return start();
  };
  return spec;
}

// catalogue 66
TEST_F(SupervisorAdmin, KeepsNoStartArgumentsOfTemporaryChildren) {
  const auto supervisor = start(Strategy::one_for_one, {});
  for (const auto restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    auto arguments = std::make_shared<int>(1);
    const std::weak_ptr<int> kept = arguments;
    const std::string id = "child " + std::string(to_string(restart));
    add(supervisor, holding(child(id, restart), std::move(arguments)));
    EXPECT_EQ(kept.expired(), restart == Restart::temporary);
    crash(id);
    EXPECT_EQ(kept.expired(), restart == Restart::temporary);
    EXPECT_EQ(starts(id), restart == Restart::temporary ? 1 : 2);
  }
}

// Not in the catalogue: nor does the supervisor keep them with the specs it was made from.
TEST_F(SupervisorAdmin, KeepsNoStartArgumentsBesidesThoseOfItsChildren) {
  auto arguments = std::make_shared<int>(1);
  const std::weak_ptr<int> kept = arguments;
  const auto supervisor = start(Strategy::one_for_one, {holding(child("a"), std::move(arguments))});
  EXPECT_FALSE(kept.expired());
  must(world_.call(supervisor, TerminateChild{"a"}));
  must(world_.call(supervisor, DeleteChild{"a"}));
  EXPECT_TRUE(kept.expired());
}

// Not in the catalogue: an operator's restart.
TEST_F(SupervisorAdmin, CyclesAChildWithItsGroup) {
  const auto supervisor = start(
      Strategy::rest_for_one, {child("a"), child("b"), child("c"), child("t", Restart::temporary)});
  forget_past();
  must(world_.call(supervisor, CycleChild{"b"}));
  EXPECT_EQ(journal_->entries(), (Entries{"stop t", "stop c", "stop b", "start b", "start c"}));
  EXPECT_EQ(world_.call(supervisor, CycleChild{"t"}).error(), Errc::not_found);
  EXPECT_EQ(reports(), Entries{});
}

// Not in the catalogue: an operator's restart of what would not come back.
TEST_F(SupervisorAdmin, RefusesToCycleATemporaryChild) {
  const auto supervisor = start(Strategy::one_for_one, {child("t", Restart::temporary)});
  EXPECT_EQ(world_.call(supervisor, CycleChild{"t"}).error(), Errc::invalid_argument);
  EXPECT_EQ(state(supervisor, "t"), ChildState::running);
}

// Not in the catalogue: an operator's restart that fails goes the way of any restart.
TEST_F(SupervisorAdmin, RetriesAChildThatDoesNotComeUpAfterItsCycle) {
  const auto supervisor = start({{.intensity = {.intensity = 2}}, {child("a"), child("b")}});
  script("a")->next_starts = {Starting::stop, Starting::stop};
  EXPECT_EQ(world_.call(supervisor, CycleChild{"a"}).error(), Errc::start_failed);
  world_.run();
  EXPECT_EQ(state(supervisor, "a"), ChildState::running);
  script("a")->start = Starting::stop;
  EXPECT_EQ(world_.call(supervisor, CycleChild{"a"}).error(), Errc::start_failed);
  world_.run();
  EXPECT_EQ(exit_reason(supervisor.pid()), ExitReason::shutdown());
}

}  // namespace
}  // namespace coppice::supervisor
