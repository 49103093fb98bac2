#include "actors/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace coppice::actors {

Timer::~Timer() { cancel(); }

void Timer::cancel() noexcept {
  if (wheel_ != nullptr) wheel_->remove(*this);
}

TimerWheel::~TimerWheel() {
  for (auto& level : levels_) {
    for (auto& bucket : level.buckets) {
      while (bucket.first != nullptr) remove(*bucket.first);
    }
  }
}

void TimerWheel::arm(Timer& timer, Time deadline) noexcept {
  timer.cancel();
  if (deadline == Time::max()) return;
  // A tick that has been processed can't come again: what is due already expires with the next.
  timer.due_tick_ = std::max(tick_at_or_after(deadline), elapsed_ + 1);
  timer.wheel_ = this;
  insert(timer);
  ++size_;
}

std::size_t TimerWheel::advance(Time now) noexcept {
  if (now < origin_) return 0;
  const auto target = static_cast<std::uint64_t>((now - origin_) / kTick);
  std::size_t expired = 0;
  while (const auto next = next_expiration()) {
    if (next->tick > target) break;
    expired += process(*next);
  }
  elapsed_ = std::max(elapsed_, target);
  return expired;
}

std::optional<Time> TimerWheel::next_deadline() const noexcept {
  const auto next = next_expiration();
  if (!next) return std::nullopt;
  return origin_ + kTick * static_cast<std::int64_t>(next->tick);
}

std::uint64_t TimerWheel::tick_at_or_after(Time time) const noexcept {
  if (time <= origin_) return 0;
  const auto since = time - origin_;
  return static_cast<std::uint64_t>(since / kTick) + (since % kTick != Duration::zero() ? 1 : 0);
}

std::optional<TimerWheel::Expiration> TimerWheel::next_expiration() const noexcept {
  for (unsigned level = 0; level < kLevels; ++level) {
    const std::uint64_t occupied = levels_[level].occupied;
    if (occupied == 0) continue;
    const unsigned shift = level * kBitsPerLevel;
    const auto here = static_cast<unsigned>((elapsed_ >> shift) & (kSlots - 1));
    const auto ahead =
        static_cast<unsigned>(std::countr_zero(std::rotr(occupied, static_cast<int>(here))));
    const unsigned slot = (here + ahead) & (kSlots - 1);
    // What differs from `elapsed_` in this level's bits agrees with it in all higher ones, so the
    // slot lies ahead within the same turn of the level.
    const std::uint64_t range = std::uint64_t{1} << (shift + kBitsPerLevel);
    const std::uint64_t turn = elapsed_ & ~(range - 1);
    return Expiration{level, slot, turn + (std::uint64_t{slot} << shift)};
  }
  return std::nullopt;
}

void TimerWheel::insert(Timer& timer) noexcept {
  const std::uint64_t differing = (timer.due_tick_ ^ elapsed_) | (kSlots - 1);
  const auto highest_bit = static_cast<unsigned>(63 - std::countl_zero(differing));
  const unsigned level = std::min(highest_bit / kBitsPerLevel, kLevels - 1);
  const auto slot =
      static_cast<unsigned>((timer.due_tick_ >> (level * kBitsPerLevel)) & (kSlots - 1));
  Bucket& bucket = levels_[level].buckets[slot];
  timer.bucket_ = static_cast<std::uint16_t>(level * kSlots + slot);
  timer.previous_ = bucket.last;
  timer.next_ = nullptr;
  (bucket.last != nullptr ? bucket.last->next_ : bucket.first) = &timer;
  bucket.last = &timer;
  levels_[level].occupied |= std::uint64_t{1} << slot;
}

void TimerWheel::remove(Timer& timer) noexcept {
  Level& level = levels_[timer.bucket_ / kSlots];
  const unsigned slot = timer.bucket_ % kSlots;
  Bucket& bucket = level.buckets[slot];
  (timer.previous_ != nullptr ? timer.previous_->next_ : bucket.first) = timer.next_;
  (timer.next_ != nullptr ? timer.next_->previous_ : bucket.last) = timer.previous_;
  if (bucket.first == nullptr) level.occupied &= ~(std::uint64_t{1} << slot);
  timer.previous_ = timer.next_ = nullptr;
  timer.wheel_ = nullptr;
  --size_;
}

std::size_t TimerWheel::process(const Expiration& expiration) noexcept {
  elapsed_ = expiration.tick;
  Bucket& bucket = levels_[expiration.level].buckets[expiration.slot];
  std::size_t expired = 0;
  // Timers that on_expire() arms go to later ticks, hence to other buckets: this ends.
  while (bucket.first != nullptr) {
    Timer& timer = *bucket.first;
    remove(timer);
    if (timer.due_tick_ <= elapsed_) {
      ++expired;
      timer.on_expire();
    } else {
      timer.wheel_ = this;
      insert(timer);
      ++size_;
    }
  }
  return expired;
}

}  // namespace coppice::actors
