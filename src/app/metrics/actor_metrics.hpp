#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "actors/runtime.hpp"

namespace coppice::app::metrics {

/// The actors of the tree, by their paths, as the runtime knows them without asking one. Children
/// of dynamic supervisors, of which clients make as many as they like, are only counted.
///
/// Thread: any. @p runtime must outlive it.
class ActorMetrics final : public prometheus::Collectable {
 public:
  explicit ActorMetrics(const actors::Runtime& runtime) : runtime_(runtime) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const actors::Runtime& runtime_;
};

}  // namespace coppice::app::metrics
