#pragma once

#include <cstddef>
#include <optional>

#include "actors/pid.hpp"

namespace coppice::actors {

class Cell;

/// The actors of a shard that have something to do, in the order in which they got it. A list
/// through the cells themselves, so that adding one allocates nothing.
///
/// Thread: its shard.
class ReadyList {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void push(Cell& cell) noexcept;
  Cell& pop() noexcept;
  Cell& pop_nth(std::size_t n) noexcept;
  [[nodiscard]] std::optional<std::size_t> position(Pid pid) const noexcept;
  void remove(Cell& cell) noexcept;

 private:
  Cell* first_ = nullptr;
  Cell* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace coppice::actors
