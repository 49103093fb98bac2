#include "app/log_limit.hpp"

#include <utility>

namespace coppice::app {

std::optional<std::uint64_t> LogLimit::admit(actors::Time now) {
  const std::lock_guard lock(mutex_);
  if (!period_began_ || now - *period_began_ >= period_) {
    period_began_ = now;
    admitted_ = 0;
  }
  if (admitted_ == most_) {
    ++left_out_;
    return std::nullopt;
  }
  ++admitted_;
  return std::exchange(left_out_, 0);
}

std::optional<std::uint64_t> LogLimit::left_out_by(actors::Time now) const {
  const std::lock_guard lock(mutex_);
  if (period_began_ && now - *period_began_ < period_) return std::nullopt;
  return left_out_;
}

}  // namespace coppice::app
