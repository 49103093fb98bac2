#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/time.hpp"

namespace coppice::actors {

class TimerWheel;

/// One deadline in a TimerWheel. Intrusive: arming and cancelling allocate nothing.
///
/// Destroying an armed timer cancels it.
class Timer {
 public:
  Timer() noexcept = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer();

  /// True between arm() and expiry or cancel().
  [[nodiscard]] bool armed() const noexcept { return wheel_ != nullptr; }

  /// Guarantees that on_expire() is not called for the latest arm(). Cheap; idempotent.
  void cancel() noexcept;

 protected:
  /// Called once per arm(), by TimerWheel::advance, when the deadline has passed. May arm or
  /// destroy any timer, this one included.
  virtual void on_expire() noexcept = 0;

 private:
  friend class TimerWheel;
  TimerWheel* wheel_ = nullptr;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  std::uint64_t due_tick_ = 0;
  std::uint16_t bucket_ = 0;
};

/// All deadlines of one shard: a hierarchical timing wheel with millisecond ticks.
///
/// Arm and cancel are pointer operations; timers due in one tick expire in the order in which they
/// were armed. A timer never expires early, and late by less than one tick plus the owner's delay.
/// Source: Varghese & Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987), in the variant
/// with one occupancy bitmap per level.
///
/// Thread: the owning shard.
class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(1);

  /// @param origin  The time of tick zero; no deadline may lie before it.
  explicit TimerWheel(Time origin) noexcept : origin_(origin) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  ~TimerWheel();

  /// Arms @p timer, cancelling what it was armed for before. Time::max() never expires.
  void arm(Timer& timer, Time deadline) noexcept;

  /// Expires everything due at @p now. Returns how many timers expired.
  std::size_t advance(Time now) noexcept;

  /// When advance() is next worth calling; nothing if no timer is armed.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  friend class Timer;
  static constexpr unsigned kBitsPerLevel = 6;
  static constexpr unsigned kSlots = 1U << kBitsPerLevel;
  static constexpr unsigned kLevels = 7;  // 2^42 ms: 139 years

  struct Bucket {
    Timer* first = nullptr;
    Timer* last = nullptr;
  };
  struct Level {
    std::uint64_t occupied = 0;
    std::array<Bucket, kSlots> buckets;
  };
  struct Expiration {
    unsigned level;
    unsigned slot;
    std::uint64_t tick;
  };

  [[nodiscard]] std::uint64_t tick_at_or_after(Time time) const noexcept;
  [[nodiscard]] std::optional<Expiration> next_expiration() const noexcept;
  void insert(Timer& timer) noexcept;
  void remove(Timer& timer) noexcept;
  std::size_t process(const Expiration& expiration) noexcept;

  Time origin_;
  std::uint64_t elapsed_ = 0;  // every tick up to this one has been processed
  std::size_t size_ = 0;
  std::array<Level, kLevels> levels_;
};

}  // namespace coppice::actors
