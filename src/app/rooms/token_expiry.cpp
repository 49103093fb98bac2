#include "app/rooms/token_expiry.hpp"

#include <algorithm>
#include <utility>

#include "actors/shard.hpp"
#include "actors/time.hpp"

namespace coppice::app::rooms {
namespace {

// The longest wait before the clock is looked at again: it may be set, and the timer's does not
// follow it.
constexpr std::int64_t kLongestWait = 3600;

}  // namespace

TokenExpiry::TokenExpiry(std::weak_ptr<net::channels::Carrier> carrier,
                         std::optional<std::int64_t> ends_at, Clock clock)
    : carrier_(std::move(carrier)), clock_(std::move(clock)), ends_at_(ends_at) {
  look();
}

void TokenExpiry::watch(Warn warn) {
  warn_ = std::move(warn);
  warned_ = false;
  look();
}

void TokenExpiry::renew(std::optional<std::int64_t> ends_at) {
  ends_at_ = ends_at;
  warned_ = false;
  look();
}

/// Does what is due, and waits for what comes next.
void TokenExpiry::look() {
  cancel();
  if (!ends_at_) return;
  const auto left = *ends_at_ - clock_();
  if (left <= 0) {
    if (const auto carrier = carrier_.lock()) carrier->close(kTokenExpired, "token expired");
    return;
  }
  const auto until_warning = left - kExpiryWarning.count();
  if (until_warning > 0) return wait(until_warning);
  if (warn_ && !std::exchange(warned_, true)) warn_(left);
  wait(left);
}

void TokenExpiry::wait(std::int64_t seconds) {
  auto& shard = *actors::Shard::current();
  const auto time = std::chrono::seconds(std::min(seconds, kLongestWait));
  shard.timers().arm(*this, actors::deadline_after(shard.now(), time));
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for a frame the process ends
void TokenExpiry::on_expire() noexcept { look(); }

}  // namespace coppice::app::rooms
