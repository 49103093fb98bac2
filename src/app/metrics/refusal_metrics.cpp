#include "app/metrics/refusal_metrics.hpp"

#include "app/metrics/family.hpp"

namespace coppice::app::metrics {
namespace {

// In the order of NoRoom.
constexpr std::array kNames = {"connections", "connections_of_address", "descriptors"};

}  // namespace

void RefusalMetrics::add(const net::server::Refusal& refusal) noexcept {
  counts_.at(static_cast<std::size_t>(refusal.why)).fetch_add(1, std::memory_order_relaxed);
}

void RefusalMetrics::add_room_made(std::size_t connections) noexcept {
  room_made_.fetch_add(connections, std::memory_order_relaxed);
}

std::vector<prometheus::MetricFamily> RefusalMetrics::Collect() const {
  static_assert(kNames.size() == kReasons);
  auto refusals =
      family("coppice_http_connections_refused_total",
             "Connections that were turned away for want of room", prometheus::MetricType::Counter);
  for (std::size_t reason = 0; reason < kReasons; ++reason) {
    add_counter(refusals, {{"reason", kNames.at(reason)}}, static_cast<double>(counts_.at(reason)));
  }
  auto room_made =
      family("coppice_http_idle_connections_ended_total",
             "Idle connections that have made room for others", prometheus::MetricType::Counter);
  add_counter(room_made, {}, static_cast<double>(room_made_.load(std::memory_order_relaxed)));
  return {std::move(refusals), std::move(room_made)};
}

}  // namespace coppice::app::metrics
