#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/crashes/crash_ledger.hpp"
#include "app/sentry/reporter.hpp"
#include "app/tracing/tracer.hpp"

namespace coppice::app::metrics {

/// Where what is told of crashes and requests waits until it is written or sent.
struct ReportParts {
  std::shared_ptr<const crashes::Ledger> ledger;
  std::shared_ptr<const sentry::Feed> sentry;     ///< Null unless crashes go to Sentry.
  std::shared_ptr<const tracing::Tracer> tracer;  ///< Null unless there are traces.
};

/// Crashes and spans that got to where they are looked for, those that did not, and those that wait
/// for it. What is null has no families. Thread: any.
class ReportMetrics final : public prometheus::Collectable {
 public:
  explicit ReportMetrics(ReportParts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const ReportParts parts_;
};

}  // namespace coppice::app::metrics
