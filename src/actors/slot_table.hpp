#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>

#include "actors/pid.hpp"

namespace coppice::actors {

class Cell;

/// What an actor is doing, as operators see it.
enum class ActorState : std::uint8_t { free, starting, running, suspended, stopping, zombie };

/// The part of an actor's record that other threads may read: whether it lives, how full its
/// mailbox is, and its statistics. Slots outlive the actors that use them.
///
/// Counters have one writer, the home shard, except `arriving`, which senders on other threads
/// raise before they post and the home shard lowers when the message has come in.
struct alignas(64) Slot {
  std::atomic<std::uint32_t> generation{1};
  std::atomic<std::uint32_t> capacity{0};
  std::atomic<std::uint32_t> depth{0};
  std::atomic<std::uint32_t> arriving{0};
  std::atomic<std::uint32_t> high_water{0};
  std::atomic<ActorState> state{ActorState::free};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> busy_ticks{0};
  std::uint32_t next_free = 0;  // home shard only
  Cell* cell = nullptr;         // home shard only; not owned

  [[nodiscard]] bool is(Pid pid) const noexcept {
    return generation.load(std::memory_order_acquire) == pid.generation();
  }

  /// Whether what has been counted so far fits. False if only the home shard can tell.
  [[nodiscard]] bool is_within_capacity() const noexcept {
    const std::uint32_t most = capacity.load(std::memory_order_relaxed);
    return most != UINT32_MAX &&
           depth.load(std::memory_order_relaxed) + arriving.load(std::memory_order_relaxed) <= most;
  }

  /// Whether a message from another thread still fits. Racing senders may overshoot the capacity
  /// by at most their own number.
  [[nodiscard]] bool has_room() const noexcept {
    return depth.load(std::memory_order_relaxed) + arriving.load(std::memory_order_relaxed) <
           capacity.load(std::memory_order_relaxed);
  }
};

/// Adds to a counter that only the calling thread writes: a plain load and store.
template <class T>
void bump(std::atomic<T>& counter, T by) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

/// A shard's slots. Memory is added in chunks and never moves or shrinks, so any thread may look
/// up a slot at any time. A chunk is touched only as far as it has been used: most shards are one
/// actor's.
class SlotTable {
 public:
  static constexpr std::uint32_t kChunk = 1024;
  static constexpr std::uint32_t kMaxSlots = Pid::kMaxSlot + 1;

  explicit SlotTable(std::uint32_t shard) noexcept : shard_(shard) {}
  SlotTable(const SlotTable&) = delete;
  SlotTable& operator=(const SlotTable&) = delete;
  ~SlotTable();

  /// Thread: home shard. Takes a slot for a new incarnation; nothing if all are in use.
  [[nodiscard]] std::optional<Pid> acquire(Cell& cell);

  /// Thread: home shard. From here on every Pid given out for the slot is stale.
  void invalidate(Pid pid) noexcept;

  /// Thread: home shard. Gives the slot back; follows invalidate().
  void release(Pid pid) noexcept;

  /// Thread: any. The slot of @p pid, or null if it can't be one of this table.
  [[nodiscard]] Slot* find(Pid pid) const noexcept {
    return pid.slot() < size() ? &at(pid.slot()) : nullptr;
  }

  /// Thread: home shard. The living actor @p pid, or null.
  [[nodiscard]] Cell* cell(Pid pid) const noexcept {
    const Slot* slot = find(pid);
    return slot != nullptr && slot->is(pid) ? slot->cell : nullptr;
  }

  /// Thread: any. How many slots exist; each may be free.
  [[nodiscard]] std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);
  }

  /// Thread: any. @p index is below size().
  [[nodiscard]] Slot& at(std::uint32_t index) const noexcept {
    Room* const room = chunks_[index / kChunk].load(std::memory_order_relaxed) + index % kChunk;
    return *std::launder(reinterpret_cast<Slot*>(room));
  }

 private:
  /// For a slot that may not have been made yet.
  struct alignas(Slot) Room {
    std::array<std::byte, sizeof(Slot)> bytes;
  };

  static constexpr std::uint32_t kNone = UINT32_MAX;

  [[nodiscard]] bool add_slot();

  std::uint32_t shard_;
  std::uint32_t first_free_ = kNone;
  std::atomic<std::uint32_t> size_{0};
  std::array<std::atomic<Room*>, kMaxSlots / kChunk> chunks_{};
};

}  // namespace coppice::actors
