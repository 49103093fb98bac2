#include "supervisor/child_spec.hpp"

#include <chrono>
#include <functional>
#include <vector>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;

using ChildSpecDefaults = SupervisionTest;

// catalogue 9
TEST_F(ChildSpecDefaults, AreFilledInForWorkersAndSupervisors) {
  const auto supervisor =
      start(Strategy::one_for_one, {{.id = "a", .start = support::test_worker(script("a"))},
                                    supervisor_child("sub", {}),
                                    dynamic_supervisor_child("pool")});
  const auto a = must(world_.call(supervisor, GetChildSpec{"a"}));
  EXPECT_EQ(a.restart, Restart::permanent);
  EXPECT_EQ(a.shutdown, Shutdown::within(5000ms));
  EXPECT_EQ(a.type, ChildType::worker);
  EXPECT_FALSE(a.significant);
  EXPECT_FALSE(a.backoff);
  for (const char* id : {"sub", "pool"}) {
    EXPECT_EQ(must(world_.call(supervisor, GetChildSpec{id})).shutdown, Shutdown::infinity());
  }
  EXPECT_EQ(world_.call(supervisor, GetChildSpec{"b"}).error(), Errc::not_found);
}

ChildSpec minimal() {
  return {.id = "a", .start = [] { return std::unique_ptr<actors::Actor>(); }};
}

struct Invalid {
  std::string name;
  std::function<void(ChildSpec&)> spoil;
  std::string error;
};

class InvalidChildSpec : public SupervisionTest, public testing::WithParamInterface<Invalid> {};

// catalogue 10
TEST_P(InvalidChildSpec, IsRefusedAndNothingStarts) {
  auto spec = child("a");
  GetParam().spoil(spec);
  const auto checked = check(spec, AutoShutdown::any_significant);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error(), Errc::invalid_argument);
  EXPECT_TRUE(checked.error().context.starts_with(GetParam().error)) << checked.error().context;

  const auto refused = try_start(SupervisorSpec{{}, {child("first"), spec}});
  EXPECT_TRUE(refused.reason.text().starts_with("start_spec(" + GetParam().error))
      << refused.reason.to_string();

  const auto supervisor = start({});
  EXPECT_EQ(world_.call(supervisor, StartChild{spec}).error(), Errc::invalid_argument);
  EXPECT_EQ(counts(supervisor), ChildCounts{});
  EXPECT_EQ(journal_->take(), Entries{});
}

INSTANTIATE_TEST_SUITE_P(
    Fields, InvalidChildSpec,
    testing::Values(
        Invalid{"MissingId", [](auto& s) { s.id = ""; }, "missing_id"},
        Invalid{"IdWithASlash", [](auto& s) { s.id = "a/b"; }, "invalid_id"},
        Invalid{"MissingStart", [](auto& s) { s.start = nullptr; }, "missing_start"},
        Invalid{"Restart", [](auto& s) { s.restart = static_cast<Restart>(9); },
                "invalid_restart_type"},
        Invalid{"Shutdown", [](auto& s) { s.shutdown = Shutdown::within(-10ms); },
                "invalid_shutdown"},
        Invalid{"Type", [](auto& s) { s.type = static_cast<ChildType>(9); }, "invalid_child_type"},
        Invalid{"SignificantPermanent", [](auto& s) { s.significant = true; }, "bad_combination"},
        Invalid{"Backoff", [](auto& s) { s.backoff = Backoff{.min = 2s, .max = 1s}; },
                "invalid_backoff"},
        Invalid{"Jitter", [](auto& s) { s.backoff = Backoff{.jitter = 1.5}; }, "invalid_backoff"},
        Invalid{"Mailbox", [](auto& s) { s.options.mailbox.capacity = 0; }, "invalid_mailbox"}),
    [](const auto& info) { return info.param.name; });

// catalogue 11
TEST(ChildSpecCheck, AcceptsEveryValidCombination) {
  const std::vector<Shutdown> shutdowns{Shutdown::within(0ms), Shutdown::within(1000ms),
                                        Shutdown::infinity(), Shutdown::brutal_kill()};
  const auto types = {ChildType::worker, ChildType::supervisor, ChildType::dynamic_supervisor};
  for (const auto restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    for (const auto shutdown : shutdowns) {
      for (const auto type : types) {
        auto spec = minimal();
        spec.restart = restart;
        spec.shutdown = shutdown;
        spec.type = type;
        // A supervisor that can be killed would leave its children behind.
        const bool expected = type == ChildType::worker || shutdown == Shutdown::infinity();
        EXPECT_EQ(check(spec, AutoShutdown::never).has_value(), expected) << spec.describe();
      }
    }
  }
}

using ChildSpecList = SupervisionTest;

// catalogue 12
TEST_F(ChildSpecList, RefusesAnIdThatStandsTwice) {
  const auto outcome = try_start(SupervisorSpec{{}, {child("a"), child("b"), child("a")}});
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_TRUE(outcome.reason.text().starts_with("start_spec(duplicate_child_name"))
      << outcome.reason.to_string();
  EXPECT_EQ(journal_->take(), Entries{});
}

struct InvalidFlags {
  std::string name;
  SupervisorFlags flags;
  std::string field;
};

class InvalidSupervisorFlags : public SupervisionTest,
                               public testing::WithParamInterface<InvalidFlags> {};

// catalogue 13
TEST_P(InvalidSupervisorFlags, FailTheStart) {
  const auto outcome = try_start(SupervisorSpec{GetParam().flags, {child("a")}});
  EXPECT_EQ(outcome.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(outcome.reason.text(), "supervisor_data(" + GetParam().field + ")");
  EXPECT_EQ(exit_reason(outcome.pid), outcome.reason);
  EXPECT_EQ(journal_->take(), Entries{});
}

INSTANTIATE_TEST_SUITE_P(
    Fields, InvalidSupervisorFlags,
    testing::Values(InvalidFlags{"Strategy", {.strategy = static_cast<Strategy>(9)}, "strategy"},
                    InvalidFlags{"Intensity", {.intensity = {.intensity = -1}}, "intensity"},
                    InvalidFlags{"PeriodZero", {.intensity = {.period = 0s}}, "period"},
                    InvalidFlags{"PeriodNegative", {.intensity = {.period = -1s}}, "period"},
                    InvalidFlags{"AutoShutdown",
                                 {.auto_shutdown = static_cast<AutoShutdown>(9)},
                                 "auto_shutdown"}),
    [](const auto& info) { return info.param.name; });

using DynamicSupervisorFlags = SupervisionTest;

// catalogue 13
TEST_F(DynamicSupervisorFlags, FailTheStartWhenInvalid) {
  const auto start = [this](Intensity intensity) {
    return world_.start(
        actors::make_factory<DynamicSupervisor>(DynamicFlags{.intensity = intensity}));
  };
  EXPECT_EQ(start({.intensity = -1}).reason.text(), "supervisor_data(intensity)");
  EXPECT_EQ(start({.period = 0s}).reason.text(), "supervisor_data(period)");
}

TEST(ChildSpecComparison, OverlooksWhatIsStartedAndNothingElse) {
  auto other = minimal();
  other.start = nullptr;
  EXPECT_TRUE(differ_at_most_in_start(minimal(), other));
  const std::vector<std::function<void(ChildSpec&)>> changes = {
      [](ChildSpec& spec) { spec.id = "b"; },
      [](ChildSpec& spec) { spec.restart = Restart::temporary; },
      [](ChildSpec& spec) { spec.shutdown = Shutdown::within(1s); },
      [](ChildSpec& spec) { spec.type = ChildType::supervisor; },
      [](ChildSpec& spec) { spec.significant = true; },
      [](ChildSpec& spec) { spec.backoff = Backoff{}; },
      [](ChildSpec& spec) { spec.options.mailbox.capacity = 1; },
  };
  for (const auto& change : changes) {
    auto changed = minimal();
    change(changed);
    EXPECT_FALSE(differ_at_most_in_start(minimal(), changed));
  }
}

using ChildSpecFields = SupervisionTest;

// A supervisor lets temporary children share what their specs have in common.
TEST_F(ChildSpecFields, OfTemporaryChildrenStayTheirOwn) {
  auto roomy = child("roomy", Restart::temporary);
  roomy.options.mailbox.capacity = 7;
  const auto supervisor = start(Strategy::one_for_one, {child("a", Restart::temporary),
                                                        child("b", Restart::temporary), roomy});
  EXPECT_EQ(must(world_.call(supervisor, GetChildSpec{"a"})).id, "a");
  EXPECT_EQ(must(world_.call(supervisor, GetChildSpec{"b"})).id, "b");
  EXPECT_EQ(must(world_.call(supervisor, GetChildSpec{"roomy"})).options.mailbox.capacity, 7U);
}

// catalogue 14
TEST_F(ChildSpecFields, ThatMeanNothingForAChildAreIgnored) {
  auto spec = child("a", Restart::temporary);
  spec.backoff = Backoff{};
  const auto supervisor = start(Strategy::one_for_one, {spec});
  crash("a");
  EXPECT_EQ(state(supervisor, "a"), std::nullopt);
}

// catalogue 15
TEST(ChildSpecCheck, RefusesSignificantChildrenThatCouldNotMatter) {
  auto spec = minimal();
  spec.significant = true;
  for (const auto restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    for (const auto auto_shutdown :
         {AutoShutdown::never, AutoShutdown::any_significant, AutoShutdown::all_significant}) {
      spec.restart = restart;
      const bool matters = auto_shutdown != AutoShutdown::never && restart != Restart::permanent;
      const auto checked = check(spec, auto_shutdown);
      EXPECT_EQ(checked.has_value(), matters);
      if (!checked) EXPECT_TRUE(checked.error().context.starts_with("bad_combination"));
    }
  }
}

}  // namespace
}  // namespace coppice::supervisor
