#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "actors/time.hpp"

namespace coppice::actors {

/// Wakes those who sleep while there is nothing to do, as soon as somebody has something. It costs
/// the one who rings a load while nobody listens.
///
/// Thread: any.
class Bell {
 public:
  using Rings = std::uint64_t;

  /// Ends the waits of all who have called listen() since the last ring.
  void ring() {
    if (listens_.load(std::memory_order_seq_cst)) ring_out();
  }

  /// From here on a ring is heard. Whoever was told before may go unheard: look, then wait for it.
  [[nodiscard]] Rings listen() {
    const std::lock_guard lock(mutex_);
    listens_.store(true, std::memory_order_seq_cst);
    return rings_;
  }
  /// The same for somebody without a thread: @p heard is called once, by the one who rings.
  void listen(std::function<void()> heard) {
    const std::lock_guard lock(mutex_);
    listens_.store(true, std::memory_order_seq_cst);
    to_call_.push_back(std::move(heard));
  }

  /// Waits for a ring since that listen(). It may be one of just before.
  void wait(Rings since, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    heard_.wait(lock, stop, [&] { return rings_ != since; });
  }
  void wait_for(Rings since, Duration time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, stop, time, [&] { return rings_ != since; });
  }

  /// Whether a ring would be heard, or have been by somebody who has left.
  [[nodiscard]] bool listens() const noexcept { return listens_.load(std::memory_order_seq_cst); }

 private:
  void ring_out() {
    if (!listens_.exchange(false, std::memory_order_seq_cst)) return;
    std::vector<std::function<void()>> to_call;
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
      to_call.swap(to_call_);
      heard_.notify_all();
    }
    for (const auto& heard : to_call) heard();
  }

  std::atomic<bool> listens_{false};
  std::mutex mutex_;
  std::condition_variable_any heard_;
  Rings rings_ = 0;  // Guarded by the mutex, as is what follows.
  std::vector<std::function<void()>> to_call_;
};

}  // namespace coppice::actors
