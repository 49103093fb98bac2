#include "app/metrics/refusal_metrics.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace coppice::app::metrics {
namespace {

using net::server::NoRoom;

std::map<std::string, double> by_reason(const RefusalMetrics& metrics) {
  std::map<std::string, double> counts;
  const auto families = metrics.Collect();
  for (const auto& metric : families.at(0).metric) {
    counts[metric.label.at(0).value] = metric.counter.value;
  }
  return counts;
}

TEST(RefusalMetrics, CountClientsByWhatTheyWouldHaveTakenTooManyOf) {
  RefusalMetrics metrics;
  metrics.add({.client = {}, .why = NoRoom::connections, .status = {}, .id = {}});
  metrics.add({.client = {}, .why = NoRoom::descriptors, .status = {}, .id = {}});
  metrics.add({.client = {}, .why = NoRoom::descriptors, .status = {}, .id = {}});
  const std::map<std::string, double> expected{
      {"connections", 1}, {"connections_of_address", 0}, {"descriptors", 2}};
  EXPECT_EQ(by_reason(metrics), expected);
}

TEST(RefusalMetrics, CountIdleConnectionsThatHaveMadeRoom) {
  RefusalMetrics metrics;
  metrics.add_room_made(1);
  metrics.add_room_made(3);
  const auto families = metrics.Collect();
  EXPECT_EQ(families.at(1).name, "coppice_http_idle_connections_ended_total");
  EXPECT_EQ(families.at(1).metric.at(0).counter.value, 4);
}

}  // namespace
}  // namespace coppice::app::metrics
