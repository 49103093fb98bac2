#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace coppice::app::metrics {

/// What Prometheus is given: the metrics of all sources, in its text format, version 0.0.4.
///
/// Thread: any, once every source has been added.
class Exposition {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  void add(std::shared_ptr<const prometheus::Collectable> source) {
    sources_.push_back(std::move(source));
  }

  /// Takes as long as reading every counter does: below a millisecond.
  [[nodiscard]] std::string text() const;

  /// The same as JSON: {"families": [{"name", "help", "type", "metrics": […]}]}. A metric has its
  /// "labels" and its "value", or of a histogram "count", "sum" and "buckets" of {"le", "count"},
  /// where the last "le" is null.
  [[nodiscard]] std::string json() const;

 private:
  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

  std::vector<std::shared_ptr<const prometheus::Collectable>> sources_;
};

}  // namespace coppice::app::metrics
