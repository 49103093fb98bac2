#include "app/metrics/log_metrics.hpp"

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {

std::vector<prometheus::MetricFamily> LogMetrics::Collect() const {
  Families families;
  families.counter("coppice_log_lines_lost_total",
                   "Lines that were left out since whoever takes the log was too slow or full",
                   static_cast<double>(log_->output().left_out()));
  return families.take();
}

}  // namespace coppice::app::metrics
