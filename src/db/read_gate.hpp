#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "actors/result.hpp"
#include "actors/time.hpp"

namespace coppice::db {

/// What a replica's reads pass, so that what replicates the database finds a moment in which none
/// of them is under way.
///
/// LiteFS applies a transaction only while it holds every lock of the database, and does not queue
/// for them: reads that overlap keep it out without end, however short they are. So when there has
/// been no gap between them for a while, the gate closes: reads that come wait, those under way
/// end, which their time limit sees to, and then nobody reads for kHold. Who reads now and then
/// leaves such gaps anyway, and is never kept waiting.
///
/// Thread: any.
class ReadGate {
 public:
  using Duration = actors::Duration;
  using Time = actors::Time;

  /// How long nobody reads: a few of LiteFS's tries, which follow each other within milliseconds
  /// at first.
  static constexpr Duration kHold = std::chrono::milliseconds(10);
  /// How long reads may overlap before the gate closes.
  static constexpr Duration kOpen = std::chrono::milliseconds(40);
  /// The same while something is known to wait for its moment.
  static constexpr Duration kOpenInHaste = std::chrono::milliseconds(10);

  /// A read under way, which ends with it.
  class Pass {
   public:
    Pass() noexcept = default;
    Pass(ReadGate& gate, const actors::Clock& clock) noexcept : gate_(&gate), clock_(&clock) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), clock_(other.clock_) {}
    Pass& operator=(Pass&& other) noexcept {
      if (this != &other) {
        end();
        gate_ = std::exchange(other.gate_, nullptr);
        clock_ = other.clock_;
      }
      return *this;
    }
    ~Pass() { end(); }

   private:
    void end() noexcept {
      if (gate_ != nullptr) std::exchange(gate_, nullptr)->leave(clock_->now());
    }

    ReadGate* gate_ = nullptr;
    const actors::Clock* clock_ = nullptr;
  };

  /// Whether a reader has to pass the gate as things are now.
  using IsNeeded = std::function<bool()>;

  /// Waits until the gate is open, or needs not be passed. The gate and the clock outlive the pass.
  /// Blocks.
  /// @param is_needed  Asked under a lock, first and after each recheck().
  /// Errors: timeout when it has not opened by the deadline.
  [[nodiscard]] actors::Result<Pass> enter(const actors::Clock& clock, Time deadline,
                                           const IsNeeded& is_needed = {});

  /// Who waits asks anew whether that is needed.
  void recheck();

  /// Something waits for its moment until @p until: a position that somebody asks for, what has
  /// piled up, or the next role.
  void hasten(Time now, Time until);

  /// How often it has closed.
  [[nodiscard]] std::uint64_t closures() const noexcept {
    return closures_.load(std::memory_order_relaxed);
  }

  // -- what enter() and passes are made of; they don't wait ---------------------------------------
  /// Begins a read, if nothing is given; else that is how long to wait before asking again. When
  /// the last read under way ends is not known, so that it may be earlier.
  [[nodiscard]] Duration try_enter(Time now);
  /// A read that had begun has ended.
  void leave(Time now) noexcept;

 private:
  [[nodiscard]] Pass begin(const actors::Clock& clock) noexcept;
  [[nodiscard]] Duration admit(Time now);
  void close() noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by the mutex, as all that follows but the count.
  std::size_t under_way_ = 0;
  bool is_closed_ = false;
  Time idle_since_ = Time::min();  // While nobody reads.
  Time opened_at_ = Time::min();
  Time closes_at_ = Time::min();
  Time in_haste_until_ = Time::min();
  std::atomic<std::uint64_t> closures_{0};
};

}  // namespace coppice::db
