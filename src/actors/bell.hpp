#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "actors/time.hpp"

namespace coppice::actors {

/// Wakes one thread, which sleeps while there is nothing to do, as soon as any of others has
/// something. It costs those a load while nobody listens.
///
/// Thread: ring() and listens() from any, the rest from the one that listens.
class Bell {
 public:
  /// Ends a wait that is under way, and the next one if listen() has been called.
  void ring() noexcept {
    if (listens_.load(std::memory_order_seq_cst)) ring_out();
  }

  /// From here on a ring is heard. Whoever was told before may go unheard: look, then wait.
  void listen() noexcept {
    const std::lock_guard lock(mutex_);
    rung_ = false;
    listens_.store(true, std::memory_order_seq_cst);
  }

  void ignore() noexcept { listens_.store(false, std::memory_order_seq_cst); }
  [[nodiscard]] bool listens() const noexcept { return listens_.load(std::memory_order_seq_cst); }

  /// Waits for a ring since listen(), then listens no more.
  void wait_for(Duration time) {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, time, [this] { return rung_ || silenced_; });
    listens_.store(false, std::memory_order_seq_cst);
  }

  /// Waits without listening. Gives false once it is silenced.
  [[nodiscard]] bool pause_for(Duration time) {
    std::unique_lock lock(mutex_);
    return !heard_.wait_for(lock, time, [this] { return silenced_; });
  }

  /// Ends all waits, from here on. Thread: any.
  void silence() noexcept {
    const std::lock_guard lock(mutex_);
    silenced_ = true;
    heard_.notify_all();
  }
  /// Takes that back. Thread: as for silence().
  void reset() noexcept {
    const std::lock_guard lock(mutex_);
    silenced_ = false;
  }

 private:
  void ring_out() noexcept {
    if (!listens_.exchange(false, std::memory_order_seq_cst)) return;
    const std::lock_guard lock(mutex_);
    rung_ = true;
    heard_.notify_all();
  }

  std::atomic<bool> listens_{false};
  std::mutex mutex_;
  std::condition_variable heard_;
  bool rung_ = false;  // Guarded by the mutex, as is what follows.
  bool silenced_ = false;
};

}  // namespace coppice::actors
