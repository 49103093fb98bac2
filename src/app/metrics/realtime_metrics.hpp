#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/rooms/realtime.hpp"

namespace coppice::app::metrics {

/// Sockets, channels, PubSub and presence, from counters that nobody is asked for.
///
/// Thread: any.
class RealtimeMetrics final : public prometheus::Collectable {
 public:
  explicit RealtimeMetrics(rooms::Realtime realtime) : realtime_(std::move(realtime)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const rooms::Realtime realtime_;
};

}  // namespace coppice::app::metrics
