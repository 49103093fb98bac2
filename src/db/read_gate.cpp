#include "db/read_gate.hpp"

#include <algorithm>

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Time;

namespace {

// Who waits for reads that are under way is woken when the last of them ends.
constexpr Duration kUntilWoken = std::chrono::seconds(1);

}  // namespace

Result<ReadGate::Pass> ReadGate::enter(const actors::Clock& clock, Time deadline,
                                       const IsNeeded& is_needed) {
  std::unique_lock lock(mutex_);
  for (Time now = clock.now();;) {
    if (is_needed && !is_needed()) return begin(clock);
    const Duration wait = admit(now);
    if (wait == Duration::zero()) return Pass(*this, clock);
    if (now >= deadline) {
      return fail(Errc::timeout, "the read waited too long for replication and was not run");
    }
    const Duration nap = std::min(wait, deadline - now);
    const bool is_over = changed_.wait_for(lock, nap) == std::cv_status::timeout;
    // A clock that is advanced by hand has not gone on meanwhile.
    now = std::max(clock.now(), is_over ? now + nap : now);
  }
}

// It counts as under way: those who must pass the gate wait for it.
ReadGate::Pass ReadGate::begin(const actors::Clock& clock) noexcept {
  ++under_way_;
  return {*this, clock};
}

void ReadGate::recheck() {
  // Whoever has asked waits by now.
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

Duration ReadGate::try_enter(Time now) {
  const std::lock_guard lock(mutex_);
  return admit(now);
}

// Times before the first read are the least there is: nothing is subtracted from them.
Duration ReadGate::admit(Time now) {
  const bool has_held = under_way_ == 0 && idle_since_ <= now - kHold;
  if (has_held) {
    is_closed_ = false;
    opened_at_ = now;
    closes_at_ = now + (now < in_haste_until_ ? kOpenInHaste : kOpen);
  } else if (!is_closed_ && now >= closes_at_) {
    close();
  }
  if (!is_closed_) {
    ++under_way_;
    return Duration::zero();
  }
  return under_way_ > 0 ? kUntilWoken : idle_since_ + kHold - now;
}

void ReadGate::close() noexcept {
  is_closed_ = true;
  closures_.fetch_add(1, std::memory_order_relaxed);
}

void ReadGate::leave(Time now) noexcept {
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_last = --under_way_ == 0;
    if (is_last) idle_since_ = now;
    is_last = is_last && is_closed_;
  }
  if (is_last) changed_.notify_all();
}

// The next read to come finds it closed.
void ReadGate::hasten(Time now, Time until) {
  const std::lock_guard lock(mutex_);
  in_haste_until_ = std::max(in_haste_until_, until);
  const Time soonest = opened_at_ == Time::min() ? now : std::max(now, opened_at_ + kOpenInHaste);
  closes_at_ = std::min(closes_at_, soonest);
}

}  // namespace coppice::db
