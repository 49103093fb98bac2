#pragma once

#include <chrono>
#include <cstdint>

#include "actors/time.hpp"

namespace coppice::actors {

/// The processor's time stamp counter where there is one: a few nanoseconds to read, against
/// twenty for the clock. For statistics only; it may drift from the clock.
[[nodiscard]] inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// How long @p count ticks are. The first call calibrates and may take two milliseconds.
[[nodiscard]] Duration ticks_to_duration(std::uint64_t count) noexcept;

}  // namespace coppice::actors
