#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using SupervisorStart = SupervisionTest;

// catalogue 1
TEST_F(SupervisorStart, StopsWithoutAnyReport) {
  const auto supervisor = start({});
  EXPECT_EQ(must(world_.stop(supervisor.pid())), ExitReason::shutdown());
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 2
TEST_F(SupervisorStart, IsIgnoredWhenThereIsNothingToSupervise) {
  const auto outcome = try_start(Supervisor::MakeSpec([] { return std::nullopt; }));
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::ignored);
  EXPECT_EQ(exit_reason(outcome.pid), ExitReason::normal());
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 3
TEST_F(SupervisorStart, FailsWithWhatComputingTheSpecThrows) {
  const auto outcome = try_start(Supervisor::MakeSpec(
      []() -> std::optional<SupervisorSpec> { throw std::runtime_error("no plan"); }));
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason.to_string(), "error(std::runtime_error: no plan)");
  EXPECT_EQ(exit_reason(outcome.pid), outcome.reason);
}

// catalogue 3
TEST_F(SupervisorStart, FailsWithoutAFunctionThatComputesTheSpec) {
  const auto outcome = try_start(Supervisor::MakeSpec());
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason.kind(), ExitReason::Kind::error);
  EXPECT_EQ(exit_reason(outcome.pid), outcome.reason);
}

// catalogue 4
TEST_F(SupervisorStart, StartsChildrenInTheOrderOfTheList) {
  const auto supervisor =
      start(Strategy::one_for_one, {child("e"), child("b"), child("d"), child("a"), child("c")});
  EXPECT_EQ(journal_->take(), (Entries{"start e", "start b", "start d", "start a", "start c"}));
  Entries ids;
  for (const auto& each : which(supervisor)) ids.push_back(each.id);
  EXPECT_EQ(ids, (Entries{"c", "a", "d", "b", "e"}));
  EXPECT_EQ(world_.count(EventKind::sup_progress), 5);
}

// catalogue 5
TEST_F(SupervisorStart, StopsWhatItHasStartedWhenAChildFails) {
  script("c")->start = Starting::stop;
  const auto outcome = try_start(
      SupervisorSpec{{}, {child("a"), child("b", Restart::temporary), child("c"), child("d")}});
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason, ExitReason::shutdown("failed_to_start_child(c, custom(no start))"));
  EXPECT_EQ(exit_reason(outcome.pid), outcome.reason);
  EXPECT_EQ(journal_->take(), (Entries{"start a", "start b", "start c", "stop b", "stop a"}));
  EXPECT_EQ(reports(), Entries{"sup.start_error /top/c"});
  EXPECT_FALSE(pid("a"));
}

// catalogue 6
TEST_F(SupervisorStart, NamesTheReasonOfANestedFailure) {
  script("w")->start = Starting::throws;
  const auto outcome =
      try_start(SupervisorSpec{{}, {child("first"), supervisor_child("sub", {{}, {child("w")}})}});
  EXPECT_EQ(outcome.reason,
            ExitReason::shutdown("failed_to_start_child(sub, shutdown(failed_to_start_child(w, "
                                 "error(std::runtime_error: no init))))"));
  EXPECT_EQ(journal_->take(), (Entries{"start first", "start w", "stop first"}));
}

// catalogue 7
TEST_F(SupervisorStart, KeepsAPermanentChildThatIgnoresItsStart) {
  script("a")->start = Starting::ignore;
  script("b")->start = Starting::ignore;
  const auto supervisor = start(Strategy::one_for_one, {child("a")});
  const auto started = world_.call(supervisor, StartChild{child("b")});
  EXPECT_FALSE(must(started).pid);
  EXPECT_EQ(state(supervisor, "a"), ChildState::stopped);
  EXPECT_EQ(state(supervisor, "b"), ChildState::stopped);
  EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 2, .active = 0, .workers = 2}));
  EXPECT_EQ(reports(), Entries{});
}

// catalogue 8
TEST_F(SupervisorStart, ForgetsATemporaryChildThatIgnoresItsStart) {
  script("a")->start = Starting::ignore;
  script("b")->start = Starting::ignore;
  const auto supervisor =
      start(Strategy::one_for_one, {child("a", Restart::temporary), child("c")});
  const auto started = world_.call(supervisor, StartChild{child("b", Restart::temporary)});
  EXPECT_FALSE(must(started).pid);
  EXPECT_EQ(state(supervisor, "a"), std::nullopt);
  EXPECT_EQ(state(supervisor, "b"), std::nullopt);
  EXPECT_FALSE(place_->find("a"));
  EXPECT_FALSE(place_->find("b"));
  EXPECT_EQ(counts(supervisor), (ChildCounts{.specs = 1, .active = 1, .workers = 1}));
}

// catalogue 16
TEST_F(SupervisorStart, RefusesAChildWhoseNameIsTaken) {
  const auto supervisor = start({});
  const Pid other = world_.start(support::test_worker(script("other")), {.name = "the name"}).pid;
  auto spec = child("a");
  spec.options.name = "the name";
  const auto started = world_.call(supervisor, StartChild{spec});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::already_started);
  EXPECT_EQ(started.error().context, to_string(other));
  EXPECT_EQ(state(supervisor, "a"), std::nullopt);

  must(world_.stop(other));
  EXPECT_TRUE(add(supervisor, spec)) << "the name is free now, and so is the id";
}

}  // namespace
}  // namespace coppice::supervisor
