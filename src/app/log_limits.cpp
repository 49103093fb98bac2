#include "app/log_limits.hpp"

#include <utility>

namespace coppice::app {

std::optional<LogLimits::Admitted> LogLimits::admit(std::string_view source, actors::Time now) {
  const std::lock_guard lock(mutex_);
  if (auto* own = own_limit(source, now)) {
    const auto left_out = own->admit(now);
    return left_out ? std::optional(Admitted{.left_out = *left_out, .of_others = false})
                    : std::nullopt;
  }
  const auto left_out = others_.admit(now);
  if (!left_out) return std::nullopt;
  return Admitted{.left_out = *left_out + std::exchange(left_out_by_gone_, 0), .of_others = true};
}

/// Null if there is no room for another one.
LogLimit* LogLimits::own_limit(std::string_view source, actors::Time now) {
  if (const auto known = own_.find(source); known != own_.end()) return &known->second;
  if (own_.size() >= sources_) let_quiet_ones_go(now);
  if (own_.size() >= sources_) return nullptr;
  return &own_.try_emplace(std::string(source), most_, period_).first->second;
}

void LogLimits::let_quiet_ones_go(actors::Time now) {
  std::erase_if(own_, [this, now](const auto& each) {
    const auto left_out = each.second.left_out_by(now);
    left_out_by_gone_ += left_out.value_or(0);
    return left_out.has_value();
  });
}

}  // namespace coppice::app
