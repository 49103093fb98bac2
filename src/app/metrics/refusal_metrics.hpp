#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "net/server/turned_away.hpp"

namespace coppice::app::metrics {

/// Counts clients who were turned away for want of room, by what they would have taken too many of,
/// and the idle connections that have made room for others. Those clients are not among the
/// requests, since they were told before they asked.
///
/// Thread: any.
class RefusalMetrics final : public prometheus::Collectable {
 public:
  void add(const net::server::Refusal& refusal) noexcept;
  void add_room_made(std::size_t connections) noexcept;

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  static constexpr std::size_t kReasons = 3;

  std::array<std::atomic<std::uint64_t>, kReasons> counts_{};
  std::atomic<std::uint64_t> room_made_{0};
};

}  // namespace coppice::app::metrics
