#pragma once

#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace coppice::app::metrics {

/// What Prometheus's clients say of every process (CPU, memory, descriptors, start), by the names
/// that they use for it, and which build this is. Read from /proc; what can't be read is left out.
///
/// Thread: any.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  explicit ProcessMetrics(std::string version) : version_(std::move(version)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::string version_;
};

}  // namespace coppice::app::metrics
