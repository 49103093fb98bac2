#pragma once

#include <coroutine>
#include <cstddef>

namespace coppice::actors {

class Cell;

/// What a suspended coroutine of an actor waits for; the base of every awaiter of the runtime.
///
/// A waiter lives in the coroutine's frame. park() enters it into the running actor's list;
/// complete() makes the actor resume the coroutine on its next turn, never inline.
///
/// Thread: the actor's shard.
class Waiter {
 public:
  Waiter() noexcept = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// Completes the wait with a `cancelled` outcome, because the actor was told to stop.
  virtual void cancel() noexcept = 0;

  /// False while somebody outside the runtime (an Asio operation) holds a pointer into the frame,
  /// so that the frame must not be destroyed.
  [[nodiscard]] virtual bool destroyable() const noexcept { return true; }

 protected:
  virtual ~Waiter();

  /// True if the running actor was told to stop: then waiting is pointless, and the awaiter
  /// reports `cancelled` without suspending.
  [[nodiscard]] static bool must_not_wait() noexcept;

  void park(std::coroutine_handle<> coroutine) noexcept;
  void complete() noexcept;
  [[nodiscard]] bool parked() const noexcept { return state_ == State::parked; }
  [[nodiscard]] Cell* cell() const noexcept { return cell_; }

 private:
  friend class Cell;
  friend class WaiterList;
  enum class State : unsigned char { idle, parked, ready };

  Cell* cell_ = nullptr;
  Waiter* previous_ = nullptr;
  Waiter* next_ = nullptr;
  std::coroutine_handle<> coroutine_;
  State state_ = State::idle;
};

/// An intrusive list of waiters.
class WaiterList {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] Waiter* front() const noexcept { return first_; }
  void push(Waiter& waiter) noexcept;
  void remove(Waiter& waiter) noexcept;
  [[nodiscard]] bool all_destroyable() const noexcept;

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

}  // namespace coppice::actors
