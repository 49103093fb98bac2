#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "net/http/request.hpp"
#include "net/http/route.hpp"
#include "net/http/session.hpp"

namespace coppice::app::metrics {

/// Counts requests by route and status, and how long they took.
///
/// Labels are bounded: routes go by their patterns, whatever has none is `unmatched`. Threads count
/// in lanes of their own, so that none waits for another; a reading adds them up.
///
/// Thread: any.
class RequestMetrics final : public prometheus::Collectable {
 public:
  /// @param routes  The router's own: requests are known by their addresses in it. Must outlive
  /// this.
  explicit RequestMetrics(const std::vector<net::http::Route>& routes);
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;
  ~RequestMetrics() override;

  /// Allocates the first time that a thread counts, and never after.
  void add(const net::http::Request& request, const net::http::Outcome& outcome);

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Counts;
  using Lane = std::vector<Counts>;  // of each route; the last are of no route

  static constexpr std::size_t kLanes = 16;  // beyond so many threads they share

  [[nodiscard]] Lane& own_lane();
  [[nodiscard]] std::size_t index_of(const net::http::Route* route) const noexcept;

  const net::http::Route* const first_;
  std::vector<std::pair<std::string, std::string>> names_;  // method and pattern of each
  std::array<std::atomic<Lane*>, kLanes> lanes_{};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> owned_;  // guarded by mutex_; those that lanes_ point to
};

}  // namespace coppice::app::metrics
