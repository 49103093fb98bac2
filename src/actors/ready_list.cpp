#include "actors/ready_list.hpp"

#include "actors/cell.hpp"

namespace coppice::actors {

void ReadyList::push(Cell& cell) noexcept {
  cell.next_ready_ = nullptr;
  (last_ != nullptr ? last_->next_ready_ : first_) = &cell;
  last_ = &cell;
  ++size_;
}

Cell& ReadyList::pop() noexcept {
  Cell& cell = *first_;
  first_ = cell.next_ready_;
  if (first_ == nullptr) last_ = nullptr;
  --size_;
  return cell;
}

Cell& ReadyList::pop_nth(std::size_t n) noexcept {
  Cell* cell = first_;
  for (std::size_t i = 0; i < n; ++i) cell = cell->next_ready_;
  remove(*cell);
  return *cell;
}

std::optional<std::size_t> ReadyList::position(Pid pid) const noexcept {
  std::size_t position = 0;
  for (Cell* cell = first_; cell != nullptr; cell = cell->next_ready_, ++position) {
    if (cell->pid() == pid) return position;
  }
  return std::nullopt;
}

void ReadyList::remove(Cell& cell) noexcept {
  Cell* previous = nullptr;
  for (Cell* node = first_; node != &cell; node = node->next_ready_) previous = node;
  (previous != nullptr ? previous->next_ready_ : first_) = cell.next_ready_;
  if (last_ == &cell) last_ = previous;
  --size_;
}

}  // namespace coppice::actors
