#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/position.hpp"

namespace coppice::db {

namespace detail {
inline constexpr std::string_view kUnconfirmed = "the write was done, at position ";
}

/// When a write is acknowledged.
enum class Durability : std::uint8_t {
  local,   ///< When it is on the disk of the node that has run it.
  remote,  ///< When another node's copy has it as well.
};

/// What a write is answered that was done, and that no other node is known to have: `timeout`. Sent
/// again with its idempotency key it is not done twice, and is answered once another node has it.
[[nodiscard]] inline actors::Error unconfirmed_at(Position position) {
  return {actors::Errc::timeout, std::string(detail::kUnconfirmed) + to_string(position) +
                                     ", but no other node is known to have it"};
}
[[nodiscard]] inline bool is_unconfirmed(const actors::Error& error) noexcept {
  return error == actors::Errc::timeout && error.context.starts_with(detail::kUnconfirmed);
}

/// How far the other nodes have told a primary that their copies have come, and what came of the
/// writes that waited for that.
///
/// Thread: any.
class Confirmations {
 public:
  void note(Position position) {
    const std::lock_guard lock(mutex_);
    reached_.erase(reached_.begin(), reached_.lower_bound(position.epoch));
    auto& sequence = reached_[position.epoch];
    sequence = std::max(sequence, position.sequence);
  }

  /// Whether another node has what was written at @p position. One that is in another epoch has
  /// another history, or has not begun with this one: it has it for nobody.
  [[nodiscard]] bool cover(Position position) const {
    const std::lock_guard lock(mutex_);
    const auto reached = reached_.find(position.epoch);
    return reached != reached_.end() && reached->second >= position.sequence;
  }

  void count(bool confirmed) noexcept {
    (confirmed ? confirmed_ : unconfirmed_).fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t confirmed() const noexcept {
    return confirmed_.load(std::memory_order_relaxed);
  }
  /// Writes that were done, and whose callers were told that no other node is known to have them.
  [[nodiscard]] std::uint64_t unconfirmed() const noexcept {
    return unconfirmed_.load(std::memory_order_relaxed);
  }

 private:
  mutable std::mutex mutex_;
  // How far others have come in each epoch, without those before the one that was told of last. A
  // later one than the primary's own is of a reign that was lost. Guarded by the mutex.
  std::map<std::int64_t, std::int64_t> reached_;
  std::atomic<std::uint64_t> confirmed_{0};
  std::atomic<std::uint64_t> unconfirmed_{0};
};

}  // namespace coppice::db
