#pragma once

#include <chrono>
#include <memory>

namespace coppice::actors {

/// Monotonic time, in nanoseconds, as the runtime's clock tells it.
using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// A wait without end. Accepted wherever a timeout is; rarely what one wants.
inline constexpr Duration kForever = Duration::max();

/// The source of monotonic time. Tests inject one that they advance by hand.
///
/// Thread: any.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const noexcept = 0;
};

/// The machine's steady clock.
[[nodiscard]] std::shared_ptr<const Clock> steady_clock();

/// `now + timeout` without overflow: kForever stays for ever.
[[nodiscard]] constexpr Time deadline_after(Time now, Duration timeout) noexcept {
  return timeout >= Time::max() - now ? Time::max() : now + timeout;
}

}  // namespace coppice::actors
