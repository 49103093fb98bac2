#pragma once

#include <atomic>
#include <cstddef>

namespace coppice::app {

/// In how many lanes is kept what threads put down without waiting for each other. With more
/// threads than that, some share one.
inline constexpr std::size_t kLanes = 16;

/// The calling thread's lane, below kLanes. Threads get them in the order in which they first ask.
[[nodiscard]] inline std::size_t own_lane() noexcept {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t lane = threads.fetch_add(1, std::memory_order_relaxed) % kLanes;
  return lane;
}

}  // namespace coppice::app
