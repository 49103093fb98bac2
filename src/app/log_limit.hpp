#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "actors/time.hpp"

namespace coppice::app {

/// Lets at most so many lines of one kind into the log in each period, and counts the others, so
/// that whoever can cause them can't flood it.
///
/// Thread: any.
class LogLimit {
 public:
  LogLimit(std::uint32_t most, actors::Duration period) : most_(most), period_(period) {}

  /// Whether a line may be written at @p now; if so, how many were left out before it.
  [[nodiscard]] std::optional<std::uint64_t> admit(actors::Time now);

  /// Once the last period in which there was a line is over: how many have been left out that no
  /// other has told of. Nothing before that.
  [[nodiscard]] std::optional<std::uint64_t> left_out_by(actors::Time now) const;

 private:
  const std::uint32_t most_;
  const actors::Duration period_;
  mutable std::mutex mutex_;  // guards what follows
  std::optional<actors::Time> period_began_;
  std::uint32_t admitted_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace coppice::app
