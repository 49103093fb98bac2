#include "actors/waiter.hpp"

#include "actors/cell.hpp"
#include "actors/shard.hpp"

namespace coppice::actors {

Waiter::~Waiter() {
  if (state_ == State::parked) cell_->parked_.remove(*this);
  if (state_ == State::ready) cell_->ready_.remove(*this);
}

bool Waiter::must_not_wait() noexcept { return Shard::current_cell()->must_not_wait(); }

void Waiter::park(std::coroutine_handle<> coroutine) noexcept {
  cell_ = Shard::current_cell();
  coroutine_ = coroutine;
  state_ = State::parked;
  cell_->parked_.push(*this);
}

void Waiter::complete() noexcept {
  if (state_ != State::parked) return;
  cell_->parked_.remove(*this);
  cell_->ready_.push(*this);
  state_ = State::ready;
  cell_->schedule();
}

void WaiterList::push(Waiter& waiter) noexcept {
  waiter.previous_ = last_;
  waiter.next_ = nullptr;
  (last_ != nullptr ? last_->next_ : first_) = &waiter;
  last_ = &waiter;
}

void WaiterList::remove(Waiter& waiter) noexcept {
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
  (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
  waiter.previous_ = waiter.next_ = nullptr;
}

std::size_t WaiterList::size() const noexcept {
  std::size_t count = 0;
  for (const Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next_) ++count;
  return count;
}

bool WaiterList::all_destroyable() const noexcept {
  for (const Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next_) {
    if (!waiter->destroyable()) return false;
  }
  return true;
}

}  // namespace coppice::actors
