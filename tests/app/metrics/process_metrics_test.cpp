#include "app/metrics/process_metrics.hpp"

#include <gtest/gtest.h>

#include "app/metrics/exposition.hpp"

namespace coppice::app::metrics {
namespace {

double value(const std::string& name) {
  for (const auto& family : ProcessMetrics("1.2.3").Collect()) {
    if (family.name != name) continue;
    const auto& metric = family.metric.at(0);
    return family.type == prometheus::MetricType::Counter ? metric.counter.value
                                                          : metric.gauge.value;
  }
  return -1;
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  EXPECT_GT(value("process_cpu_seconds_total"), 0);
  EXPECT_GT(value("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
  EXPECT_GE(value("process_threads"), 1);
  EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
}

TEST(ProcessMetrics, CountDescriptors) {
  const double before = value("process_open_fds");
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::tmpfile(), &std::fclose);
  EXPECT_EQ(value("process_open_fds"), before + 1);
}

TEST(ProcessMetrics, StartedAMomentAgo) {
  const double now = static_cast<double>(std::time(nullptr));
  EXPECT_LE(value("process_start_time_seconds"), now + 1);
  EXPECT_GT(value("process_start_time_seconds"), now - 86'400);
}

TEST(ProcessMetrics, SayWhichBuildThisIs) {
  Exposition exposition;
  exposition.add(std::make_shared<ProcessMetrics>("1.2.3"));
  EXPECT_NE(exposition.text().find("coppice_build_info{version=\"1.2.3\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace coppice::app::metrics
