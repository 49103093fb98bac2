#pragma once

#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace coppice::app::metrics {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// A family without a metric yet. Names end in their unit, those of counters in `_total`.
[[nodiscard]] inline prometheus::MetricFamily family(const char* name, const char* help,
                                                     prometheus::MetricType type) {
  prometheus::MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

inline void add_counter(prometheus::MetricFamily& to, Labels labels, double value) {
  auto& metric = to.metric.emplace_back();
  metric.label = std::move(labels);
  metric.counter.value = value;
}

inline void add_gauge(prometheus::MetricFamily& to, Labels labels, double value) {
  auto& metric = to.metric.emplace_back();
  metric.label = std::move(labels);
  metric.gauge.value = value;
}

}  // namespace coppice::app::metrics
