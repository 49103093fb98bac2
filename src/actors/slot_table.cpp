#include "actors/slot_table.hpp"

#include <memory>
#include <type_traits>

namespace coppice::actors {

static_assert(std::is_trivially_destructible_v<Slot>);

SlotTable::~SlotTable() {
  for (auto& chunk : chunks_) std::unique_ptr<Room[]>(chunk.load(std::memory_order_relaxed));
}

bool SlotTable::add_slot() {
  const std::uint32_t index = size_.load(std::memory_order_relaxed);
  if (index == kMaxSlots) return false;
  auto& chunk = chunks_[index / kChunk];
  if (index % kChunk == 0) {
    chunk.store(std::make_unique_for_overwrite<Room[]>(kChunk).release(),
                std::memory_order_relaxed);
  }
  ::new (chunk.load(std::memory_order_relaxed) + index % kChunk) Slot();
  size_.store(index + 1, std::memory_order_release);
  at(index).next_free = first_free_;
  first_free_ = index;
  return true;
}

std::optional<Pid> SlotTable::acquire(Cell& cell) {
  if (first_free_ == kNone && !add_slot()) return std::nullopt;
  const std::uint32_t index = first_free_;
  Slot& slot = at(index);
  first_free_ = slot.next_free;
  slot.cell = &cell;
  slot.depth.store(0, std::memory_order_relaxed);
  slot.high_water.store(0, std::memory_order_relaxed);
  slot.handled.store(0, std::memory_order_relaxed);
  slot.busy_ticks.store(0, std::memory_order_relaxed);
  slot.state.store(ActorState::starting, std::memory_order_relaxed);
  return Pid(shard_, index, slot.generation.load(std::memory_order_relaxed));
}

void SlotTable::invalidate(Pid pid) noexcept {
  Slot& slot = at(pid.slot());
  slot.cell = nullptr;
  slot.state.store(ActorState::free, std::memory_order_relaxed);
  slot.generation.store(pid.generation() + 1, std::memory_order_release);
}

void SlotTable::release(Pid pid) noexcept {
  // A slot whose generations are used up is retired: reusing one would let old Pids alias.
  if (pid.generation() + 1 >= Pid::kMaxGeneration) return;
  Slot& slot = at(pid.slot());
  slot.next_free = first_free_;
  first_free_ = pid.slot();
}

}  // namespace coppice::actors
