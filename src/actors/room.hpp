#pragma once

#include <utility>

#include "actors/pid.hpp"
#include "actors/slot_table.hpp"

namespace coppice::actors {

/// A place in a mailbox that is kept for one sender: it counts as a message that is on its way.
/// When it is destroyed unused, the next sender that waits for one gets it.
///
/// Thread: any, one at a time. Must not outlive the runtime.
class Room {
 public:
  Room() noexcept = default;
  Room(Room&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)), mailbox_(other.mailbox_) {}
  Room& operator=(Room&& other) noexcept {
    if (this != &other) {
      give_back();
      slot_ = std::exchange(other.slot_, nullptr);
      mailbox_ = other.mailbox_;
    }
    return *this;
  }
  ~Room() { give_back(); }

  /// @param slot  The slot of @p mailbox.
  static Room reserve(Slot& slot, Pid mailbox) noexcept;

  /// The message is on its way and counts from here on.
  void use() noexcept { slot_ = nullptr; }

  /// Undoes reserve() without telling anybody.
  void cancel() noexcept;

 private:
  void give_back() noexcept;

  Slot* slot_ = nullptr;
  Pid mailbox_;
};

}  // namespace coppice::actors
