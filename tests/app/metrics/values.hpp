#pragma once

#include <map>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace coppice::app::metrics {

/// The values of one family, by those of their labels; of a histogram, how much it has counted.
inline std::map<std::string, double> values(const std::vector<prometheus::MetricFamily>& families,
                                            const std::string& name) {
  std::map<std::string, double> out;
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) labels += (labels.empty() ? "" : " ") + label.value;
      switch (family.type) {
        case prometheus::MetricType::Counter: out[labels] = metric.counter.value; break;
        case prometheus::MetricType::Histogram:
          out[labels] = static_cast<double>(metric.histogram.sample_count);
          break;
        default: out[labels] = metric.gauge.value;
      }
    }
  }
  return out;
}

}  // namespace coppice::app::metrics
