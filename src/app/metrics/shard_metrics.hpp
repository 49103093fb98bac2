#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "actors/runtime.hpp"
#include "app/metrics/shard_lag.hpp"

namespace coppice::app::metrics {

/// The threads that run actors: how busy they are, and how late. Those of actors with a thread of
/// their own are seen as actors. No shard is waited for.
///
/// Thread: any. @p runtime must outlive it.
class ShardMetrics final : public prometheus::Collectable {
 public:
  ShardMetrics(actors::Runtime& runtime, std::shared_ptr<const ShardLag> lag)
      : runtime_(runtime), lag_(std::move(lag)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  actors::Runtime& runtime_;
  const std::shared_ptr<const ShardLag> lag_;
};

}  // namespace coppice::app::metrics
