#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "actors/events.hpp"

namespace coppice::app::metrics {

/// Counts what the runtime reports when something has gone wrong or somebody was restarted:
/// crashes, restarts, stalls, overflows. What happens for each connection or call is not among it.
///
/// Thread: any. The bus must outlive it.
class EventMetrics final : public prometheus::Collectable {
 public:
  explicit EventMetrics(actors::EventBus& events);

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  // Shared, since the bus may still be calling the handler when it has been detached.
  using Counts = std::array<std::atomic<std::uint64_t>, actors::kEventKinds>;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  actors::EventBus::Subscription subscription_;
};

}  // namespace coppice::app::metrics
