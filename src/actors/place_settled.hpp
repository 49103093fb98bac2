#pragma once

#include <memory>

#include "actors/place.hpp"
#include "actors/reply_awaiter.hpp"

namespace coppice::actors {

/// The incarnation that lives at a place now. Errors: restarting, noproc.
[[nodiscard]] Result<Pid> resolve_place(const Place& place);

/// `co_await PlaceSettled(place, timeout)`: waits until the place has an incarnation, or will not
/// get one. Errors: timeout, cancelled.
class [[nodiscard]] PlaceSettled final : public ReplyAwaiter<void> {
 public:
  PlaceSettled(std::shared_ptr<Place> place, Duration timeout) noexcept
      : ReplyAwaiter<void>(timeout), place_(std::move(place)) {}
  ~PlaceSettled() override { place_->cancel_wait(token_); }

  bool await_suspend(std::coroutine_handle<> coroutine);

 private:
  std::shared_ptr<Place> place_;
  std::uint64_t token_ = 0;
};

}  // namespace coppice::actors
