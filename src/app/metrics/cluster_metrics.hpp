#pragma once

#include <memory>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/cluster/link.hpp"

namespace coppice::app::metrics {

/// What this node knows of the others, and what it has said to and heard from them.
///
/// Thread: any.
class ClusterMetrics final : public prometheus::Collectable {
 public:
  explicit ClusterMetrics(std::shared_ptr<const cluster::LinkParts> link)
      : link_(std::move(link)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<const cluster::LinkParts> link_;
};

}  // namespace coppice::app::metrics
