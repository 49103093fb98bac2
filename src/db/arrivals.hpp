#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "actors/time.hpp"
#include "db/epochs.hpp"
#include "db/position.hpp"

namespace coppice::db {

/// What becomes of a position that somebody asks for.
enum class Arrival : std::uint8_t {
  here,        ///< The database had it when it was asked for.
  arrived,     ///< It has come meanwhile.
  superseded,  ///< Another epoch has begun before it: what was written at it is not here.
  missing,     ///< It has not come in time.
};

/// How far a database has come.
struct Reach {
  Position latest{};
  /// Those of its history; null while they are not known.
  std::shared_ptr<const Epochs> epochs{};
};

/// What has become of a position where the database has come so far; nothing before it, and while
/// it is not known.
[[nodiscard]] inline std::optional<Arrival> arrival_at(const Reach& reach,
                                                       Position position) noexcept {
  if (position > reach.latest) return std::nullopt;
  if (position.epoch == reach.latest.epoch) return Arrival::here;
  if (!reach.epochs) return std::nullopt;
  return reach.epochs->have(position) ? Arrival::here : Arrival::superseded;
}

/// How far a replica has come, for all who wait for a position: one of them looks at a time, for
/// all, since each read keeps what is waited for out for a moment.
///
/// Thread: any.
class Arrivals {
 public:
  /// Whether a position is known to have arrived. Without news the answer is no.
  [[nodiscard]] bool have(Position position) const {
    const std::lock_guard lock(mutex_);
    return position <= reach_.latest;
  }

  /// `here` or `superseded`; nothing while neither is known.
  [[nodiscard]] std::optional<Arrival> find(Position position) const {
    const std::lock_guard lock(mutex_);
    return arrival_at(reach_, position);
  }

  /// How far it is known to have come; all zero while that isn't known.
  [[nodiscard]] Position latest() const {
    const std::lock_guard lock(mutex_);
    return reach_.latest;
  }

  /// The epoch whose epochs are known, so that a look need not read them again; 0 for none.
  [[nodiscard]] std::int64_t known_epoch() const {
    const std::lock_guard lock(mutex_);
    return reach_.epochs ? reach_.latest.epoch : 0;
  }

  /// A restore or a failover takes a database back, too: the last look counts, not the furthest.
  /// @param seen   Without epochs, if those of known_epoch() are still those of its position.
  /// @param heard  What heard() was when the look began.
  void note(Reach seen, std::uint64_t heard) {
    const std::lock_guard lock(mutex_);
    if (heard > doubted_until_) is_in_doubt_ = false;
    // While in doubt it may have read what was there before.
    if (is_in_doubt_ && heard_ != heard) return come_to({});
    if (!seen.epochs && seen.latest.epoch == reach_.latest.epoch) seen.epochs = reach_.epochs;
    come_to(std::move(seen));
  }

  /// This node has been told that a write of its own was committed.
  /// @param here  To the database of this node.
  void wrote(Position position, bool here) {
    const std::lock_guard lock(mutex_);
    written_ = std::max(written_, position);
    if (!here || position <= reach_.latest) return;
    if (position.epoch != reach_.latest.epoch) reach_.epochs = nullptr;
    reach_.latest = position;
  }

  /// The last of them; all zero if there was none.
  [[nodiscard]] Position written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  /// From here on the history may be another primary's. What is here may be taken back, by the
  /// first transaction that comes from there: what is seen before that is in doubt.
  void forget() {
    const std::lock_guard lock(mutex_);
    come_to({});
    written_ = {};
    is_in_doubt_ = true;
    doubted_until_ = heard_;
    idle_until_ = {};
  }

  /// Something has arrived, perhaps another primary's history.
  void look_again() {
    const std::lock_guard lock(mutex_);
    ++heard_;
    if (is_in_doubt_) come_to({});
  }

  /// Grows with each arrival, so that a look can tell that there was one meanwhile.
  [[nodiscard]] std::uint64_t heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

  /// A look has not found what it was for. Another one is only worth it when something has arrived
  /// since that look began, or when @p now is some time ago, for what nobody was told of.
  void looked_in_vain(std::uint64_t heard, actors::Time now) {
    const std::lock_guard lock(mutex_);
    heard_in_vain_ = heard;
    idle_until_ = now + kIdle;
  }
  static constexpr actors::Duration kIdle = std::chrono::milliseconds(50);

  [[nodiscard]] bool is_worth_a_look(actors::Time now) const {
    const std::lock_guard lock(mutex_);
    return heard_ > heard_in_vain_ || now >= idle_until_;
  }

  /// The right to look, as long as it lives; null while another has it.
  using Look = std::unique_ptr<std::atomic<bool>, void (*)(std::atomic<bool>*)>;
  [[nodiscard]] Look begin_look() {
    const auto end = [](std::atomic<bool>* looking) { looking->store(false); };
    return {looking_.exchange(true) ? nullptr : &looking_, end};
  }

 private:
  void come_to(Reach reach) { reach_ = std::move(reach); }

  std::atomic<bool> looking_{false};
  mutable std::mutex mutex_;
  Reach reach_;  // Guarded by the mutex, as all that follows.
  Position written_;
  std::uint64_t heard_ = 0;
  bool is_in_doubt_ = false;
  std::uint64_t doubted_until_ = 0;  // What was heard when doubt began.
  std::uint64_t heard_in_vain_ = 0;
  actors::Time idle_until_{};
};

}  // namespace coppice::db
