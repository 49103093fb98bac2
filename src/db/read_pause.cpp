#include "db/read_pause.hpp"

#include <thread>

namespace coppice::db {

// Counts may be off by a few when several readers begin a period at once, which is as good.
actors::Duration ReadPause::left(actors::Time now) noexcept {
  const auto since_epoch = now.time_since_epoch();
  const std::int64_t period = since_epoch / kPeriod;
  auto known = period_.load(std::memory_order_relaxed);
  if (known != period && period_.compare_exchange_strong(known, period)) {
    const auto reads = reads_.exchange(0, std::memory_order_relaxed);
    reads_before_.store(known + 1 == period ? reads : 0, std::memory_order_relaxed);
  }
  reads_.fetch_add(1, std::memory_order_relaxed);
  if (reads_before_.load(std::memory_order_relaxed) < kFewReads) return {};
  const actors::Duration into = since_epoch % kPeriod;
  return into < kPause ? kPause - into : actors::Duration{};
}

void ReadPause::wait(const actors::Clock& clock) {
  if (const auto pause = left(clock.now()); pause.count() > 0) std::this_thread::sleep_for(pause);
}

}  // namespace coppice::db
