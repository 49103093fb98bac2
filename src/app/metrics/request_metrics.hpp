#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/lanes.hpp"
#include "net/http/request.hpp"
#include "net/http/route.hpp"
#include "net/http/session.hpp"

namespace coppice::app::metrics {

/// Counts requests by route, method and status, and how long they took.
///
/// Labels are bounded: routes go by their patterns, and what was answered without one is
/// `unmatched`. A route's method is its own; where it takes any, and without a route, it is the
/// request's. Threads count in lanes of their own, so that none waits for another; a reading adds
/// them up.
///
/// Thread: any.
class RequestMetrics final : public prometheus::Collectable {
 public:
  /// @param routes  The router's own: requests are known by the addresses of their routes in it.
  explicit RequestMetrics(const std::vector<net::http::Route>& routes);
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;
  ~RequestMetrics() override;

  /// Allocates the first time that a thread counts, and never after.
  void add(const net::http::Request& request, const net::http::Outcome& outcome);

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Counts;
  using Lane = std::vector<Counts>;  // of each series

  /// What is counted together.
  struct Series {
    std::string method;
    std::string route;
  };
  /// Where a route's series are: one, or one for each method.
  struct Place {
    std::size_t first;
    bool by_method;
  };

  [[nodiscard]] Lane& lane_of_thread();
  void add_series(const std::string& route, std::optional<net::http::Method> method);
  [[nodiscard]] std::size_t series_of(const net::http::Request& request) const noexcept;

  const net::http::Route* const first_;
  std::vector<Series> series_;
  std::vector<Place> places_;  // of each route, and the last of requests without one
  std::array<std::atomic<Lane*>, kLanes> lanes_{};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> owned_;  // guarded by mutex_; those that lanes_ point to
};

}  // namespace coppice::app::metrics
