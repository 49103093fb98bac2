#include "actors/room.hpp"

#include <memory>

#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"

namespace coppice::actors {

Room Room::reserve(Slot& slot, Pid mailbox) noexcept {
  slot.arriving.fetch_add(1, std::memory_order_relaxed);
  Room room;
  room.slot_ = &slot;
  room.mailbox_ = mailbox;
  return room;
}

void Room::cancel() noexcept {
  Slot* slot = std::exchange(slot_, nullptr);
  if (slot != nullptr) slot->arriving.fetch_sub(1, std::memory_order_relaxed);
}

void Room::give_back() noexcept {
  if (slot_ == nullptr) return;
  cancel();
  if (Shard* shard = Shard::current()) {
    shard->send_signal(std::make_unique<RoomEnvelope>(mailbox_, ReplyTo<Room>()));
  }
}

}  // namespace coppice::actors
