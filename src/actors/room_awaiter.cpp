#include "actors/room_awaiter.hpp"

#include "actors/signal_envelopes.hpp"

namespace coppice::actors {

bool RoomAwaiter::await_suspend(std::coroutine_handle<> coroutine) {
  if (must_not_wait()) {
    settle(fail(Errc::cancelled));
    return false;
  }
  if (!envelope_) {
    settle(std::unexpected(envelope_.error()));
    return false;
  }
  const Pid to = (*envelope_)->to();
  if (auto room = shard().try_reserve(to)) {
    settle(std::move(*room));
    return false;
  }
  if (to == Shard::current_cell()->pid()) {
    settle(fail(Errc::calling_self, "an actor can't wait for its own mailbox"));
    return false;
  }
  shard().send_signal(std::make_unique<RoomEnvelope>(to, open()));
  return suspend(coroutine);
}

Sent RoomAwaiter::await_resume() {
  Result<Room> room = ReplyAwaiter<Room>::await_resume();
  if (!room) return room.error().code;
  return shard().send_reserved(std::move(*envelope_), std::move(*room));
}

}  // namespace coppice::actors
