#pragma once

#include <coroutine>
#include <memory>

#include "actors/cell.hpp"
#include "actors/reply_awaiter.hpp"
#include "actors/room.hpp"

namespace coppice::actors {

/// The awaitable of Address::cast_when_room: waits for a place in the target's mailbox, then sends.
class [[nodiscard]] RoomAwaiter final : public ReplyAwaiter<Room> {
 public:
  /// @param envelope  What to send, or why there is nobody to send it to.
  RoomAwaiter(Result<std::unique_ptr<Envelope>> envelope, Duration timeout) noexcept
      : ReplyAwaiter<Room>(timeout), envelope_(std::move(envelope)) {}

  bool await_suspend(std::coroutine_handle<> coroutine);
  [[nodiscard]] Sent await_resume();

 private:
  void timed_out() noexcept override {}

  Result<std::unique_ptr<Envelope>> envelope_;
};

}  // namespace coppice::actors
