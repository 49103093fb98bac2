#include "app/metrics/report_metrics.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "app/crashes/crash_commands.hpp"
#include "app/metrics/values.hpp"
#include "db/database_world.hpp"

namespace coppice::app::metrics {
namespace {

using Values = std::map<std::string, double>;

Values values_of(const ReportParts& parts, const std::string& name) {
  return values(ReportMetrics(parts).Collect(), name);
}

class LedgerMetricsTest : public db::DatabaseWorldTest {
 protected:
  LedgerMetricsTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    crashes::add_crash_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
    ledger_ = std::make_shared<crashes::Ledger>(*database_, "1.0");
  }

  void note(const std::string& text) {
    const auto reason = actors::reason_of(std::make_exception_ptr(std::runtime_error(text)));
    ledger_->note({.kind = actors::EventKind::actor_crash, .path = "/a", .reason = &reason});
  }
  [[nodiscard]] Values of(const std::string& name) const {
    return values_of({.ledger = ledger_, .sentry = nullptr, .tracer = nullptr}, name);
  }

  crashes::LedgerPtr ledger_;
};

TEST_F(LedgerMetricsTest, CountEachOfTheEqualCrashesThatAreWrittenDown) {
  note("boom");
  note("boom");
  note("bang");
  EXPECT_EQ(of("coppice_ledger_crashes_waiting"), (Values{{"", 2}}));
  EXPECT_EQ(of("coppice_ledger_crashes_total"), (Values{{"written", 0}, {"dropped", 0}}));
  auto place = world_.runtime().root()->child("crashes", supervisor::ChildType::worker, "");
  ASSERT_TRUE(world_.start(crashes::ledger_child(ledger_).start, {.place = std::move(place)}).ok());
  world_.run();
  EXPECT_EQ(of("coppice_ledger_crashes_waiting"), (Values{{"", 0}}));
  EXPECT_EQ(of("coppice_ledger_crashes_total"), (Values{{"written", 3}, {"dropped", 0}}));
}

TEST_F(LedgerMetricsTest, CountCrashesForWhichThereWasNoRoom) {
  constexpr std::size_t kTooMany = 3;
  for (std::size_t n = 0; n < crashes::CrashBuffer::kMost + kTooMany; ++n) note(std::to_string(n));
  EXPECT_EQ(of("coppice_ledger_crashes_total"), (Values{{"written", 0}, {"dropped", kTooMany}}));
}

TEST(ReportMetrics, TellWhatBecameOfReportsToSentry) {
  auto feed = std::make_shared<sentry::Feed>(sentry::Dsn(), sentry::EventFacts());
  feed->sent = 5;
  feed->refused = 2;
  crashes::Crash crash;
  crash.count = 3;
  feed->crashes.buffer.add(crash);
  std::ignore = feed->crashes.buffer.take(1);
  feed->crashes.buffer.give_up();
  crash.fingerprint = 1;
  feed->crashes.buffer.add(crash);
  const ReportParts parts{.ledger = nullptr, .sentry = feed, .tracer = nullptr};
  EXPECT_EQ(values_of(parts, "coppice_sentry_crashes_total"),
            (Values{{"sent", 5}, {"refused", 2}, {"dropped", 3}}));
  EXPECT_EQ(values_of(parts, "coppice_sentry_crashes_waiting"), (Values{{"", 1}}));
}

TEST(ReportMetrics, TellWhatBecameOfErrorsForSentry) {
  auto feed = std::make_shared<sentry::Feed>(sentry::Dsn(), sentry::EventFacts());
  feed->errors_sent = 5;
  feed->errors_refused = 2;
  feed->errors.drop(3);
  feed->errors.add({.text = "boom"});
  const ReportParts parts{.ledger = nullptr, .sentry = feed, .tracer = nullptr};
  EXPECT_EQ(values_of(parts, "coppice_sentry_errors_total"),
            (Values{{"sent", 5}, {"refused", 2}, {"dropped", 3}}));
  EXPECT_EQ(values_of(parts, "coppice_sentry_errors_waiting"), (Values{{"", 1}}));
}

TEST(ReportMetrics, TellWhatBecameOfSpans) {
  auto tracer = std::make_shared<tracing::Tracer>(1);
  tracer->record({.name = "x"});
  tracer->arrived(4);
  tracer->drop(2);
  const ReportParts parts{.ledger = nullptr, .sentry = nullptr, .tracer = tracer};
  EXPECT_EQ(values_of(parts, "coppice_trace_spans_total"), (Values{{"sent", 4}, {"dropped", 2}}));
  EXPECT_EQ(values_of(parts, "coppice_trace_spans_waiting"), (Values{{"", 1}}));
}

TEST(ReportMetrics, HaveNoFamiliesOfWhatIsNotUsed) {
  EXPECT_TRUE(
      ReportMetrics({.ledger = nullptr, .sentry = nullptr, .tracer = nullptr}).Collect().empty());
}

}  // namespace
}  // namespace coppice::app::metrics
