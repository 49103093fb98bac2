#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "actors/telemetry.hpp"

namespace coppice::actors {

/// Counts values by upper bounds, as Prometheus wants them. Adding takes two relaxed additions, and
/// allocates nothing.
///
/// Thread: any.
class Histogram {
 public:
  /// What has been counted so far; of one that is being added to, perhaps not of one moment.
  struct Reading {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;  ///< Of each bound alone, and the last of all above.
    double sum = 0;

    /// Adds up what was counted with the same bounds.
    void add(const Reading& other) {
      if (bounds.empty()) {
        *this = other;
        return;
      }
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts.at(i);
      sum += other.sum;
    }
  };

  /// @param bounds  Ascending.
  explicit Histogram(std::initializer_list<double> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void add(double value) noexcept {
    if constexpr (!kTelemetry) return;
    std::size_t i = 0;
    while (i < bounds_.size() && value > bounds_[i]) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  [[nodiscard]] Reading read() const {
    Reading reading{.bounds = bounds_, .counts = {}, .sum = sum_.load(std::memory_order_relaxed)};
    for (const auto& count : counts_) {
      reading.counts.push_back(count.load(std::memory_order_relaxed));
    }
    return reading;
  }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

}  // namespace coppice::actors
