#pragma once

#include <cstddef>
#include <deque>

#include "supervisor/flags.hpp"

namespace coppice::supervisor {

/// Counts a supervisor's restarts within its period.
///
/// Source: OTP's supervisor (add_restart), with the injected clock's full resolution.
class RestartWindow {
 public:
  explicit RestartWindow(Intensity limit) noexcept : limit_(limit) {}

  /// Counts one restart. False if it is one too many: then it must not happen.
  [[nodiscard]] bool record(Time now);

  /// Restarts that still count at @p now.
  [[nodiscard]] std::size_t count(Time now);

  /// New limits; what has been counted stays.
  void change(Intensity limit) noexcept { limit_ = limit; }
  [[nodiscard]] const Intensity& limit() const noexcept { return limit_; }

 private:
  void forget_before(Time now);

  Intensity limit_;
  std::deque<Time> restarts_;  // oldest first
};

}  // namespace coppice::supervisor
