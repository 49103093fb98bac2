#pragma once

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "actors/histogram.hpp"
#include "app/metrics/family.hpp"

namespace coppice::app::metrics {

/// Families in the making. Values that are not there are left out.
class Families {
 public:
  void counter(const char* name, const char* help, std::optional<double> value) {
    if (value) add_counter(add(name, help, prometheus::MetricType::Counter), {}, *value);
  }
  void gauge(const char* name, const char* help, std::optional<double> value) {
    if (value) add_gauge(add(name, help, prometheus::MetricType::Gauge), {}, *value);
  }
  void histogram(const char* name, const char* help, const actors::Histogram::Reading& reading) {
    auto& metric = add(name, help, prometheus::MetricType::Histogram).metric.emplace_back();
    auto& made = metric.histogram;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
      made.sample_count += reading.counts[i];
      const bool is_last = i == reading.bounds.size();
      made.bucket.push_back(
          {.cumulative_count = made.sample_count,
           .upper_bound = is_last ? std::numeric_limits<double>::infinity() : reading.bounds[i]});
    }
    made.sample_sum = reading.sum;
  }

  /// Valid until the next family is added.
  prometheus::MetricFamily& add(const char* name, const char* help, prometheus::MetricType type) {
    return families_.emplace_back(family(name, help, type));
  }

  void add(prometheus::MetricFamily whole) { families_.push_back(std::move(whole)); }

  [[nodiscard]] std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace coppice::app::metrics
