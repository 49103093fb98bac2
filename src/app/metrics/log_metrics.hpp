#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/logging.hpp"

namespace coppice::app::metrics {

/// Lines of the log that nobody will read. Thread: any.
class LogMetrics final : public prometheus::Collectable {
 public:
  explicit LogMetrics(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<Log> log_;
};

}  // namespace coppice::app::metrics
