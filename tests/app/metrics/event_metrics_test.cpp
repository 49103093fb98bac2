#include "app/metrics/event_metrics.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace coppice::app::metrics {
namespace {

using actors::EventBus;
using actors::EventKind;

std::map<std::string, double> by_kind(const EventMetrics& metrics) {
  std::map<std::string, double> counts;
  const auto families = metrics.Collect();
  for (const auto& metric : families.at(0).metric) {
    if (metric.counter.value > 0) counts[metric.label.at(0).value] = metric.counter.value;
  }
  return counts;
}

TEST(EventMetrics, CountWhatTheRuntimeReportsByKind) {
  EventBus bus;
  const EventMetrics metrics(bus);
  bus.emit({.kind = EventKind::sup_restart});
  bus.emit({.kind = EventKind::sup_restart});
  bus.emit({.kind = EventKind::handler_slow, .value = 7});
  const std::map<std::string, double> expected{{"sup.restart", 2}, {"handler.slow", 1}};
  EXPECT_EQ(by_kind(metrics), expected);
}

TEST(EventMetrics, CountACrashForAsManyAsItStandsFor) {
  EventBus bus;
  const EventMetrics metrics(bus);
  bus.emit({.kind = EventKind::actor_crash});
  bus.emit({.kind = EventKind::actor_crash, .value = 5});
  EXPECT_EQ(by_kind(metrics).at("actor.crash"), 6);
}

TEST(EventMetrics, LeaveOutWhatHappensForEachConnection) {
  EventBus bus;
  const EventMetrics metrics(bus);
  EXPECT_FALSE(bus.wanted(EventKind::actor_start));
  EXPECT_FALSE(bus.wanted(EventKind::actor_exit));
}

TEST(EventMetrics, HaveASeriesForEachKindBeforeItHasHappened) {
  EventBus bus;
  const EventMetrics metrics(bus);
  EXPECT_EQ(metrics.Collect().at(0).metric.size(), 18);
}

}  // namespace
}  // namespace coppice::app::metrics
