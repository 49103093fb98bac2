#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/address.hpp"
#include "actors/result.hpp"

namespace coppice::db {

/// The address of a child that code holds before there is one: the child's incarnations enter their
/// place in the tree, everybody else reads it.
///
/// Thread: any; reading is lock-free.
template <class A>
class ChildSlot {
 public:
  /// @param name  What messages call the child.
  explicit ChildSlot(std::string name) : name_(std::move(name)) {}

  /// Called by each incarnation. One without a place in the tree has no lasting address and changes
  /// nothing.
  void enter(actors::Runtime& runtime, const std::shared_ptr<actors::Place>& place) {
    const std::lock_guard lock(mutex_);
    if (!place || (!entered_.empty() && entered_.back()->place() == place)) return;
    entered_.push_back(std::make_unique<const actors::ChildRef<A>>(runtime, place));
    current_.store(entered_.back().get(), std::memory_order_release);
  }

  /// Errors: unavailable before the first incarnation.
  [[nodiscard]] actors::Result<actors::ChildRef<A>> get() const {
    if (const auto* current = current_.load(std::memory_order_acquire)) return *current;
    return actors::fail(actors::Errc::unavailable, name_ + " has not been started");
  }

  /// Whether an incarnation lives that may be talked to.
  [[nodiscard]] bool is_up() const noexcept {
    const auto* current = current_.load(std::memory_order_acquire);
    return current != nullptr && current->place()->pid();
  }

 private:
  const std::string name_;
  std::atomic<const actors::ChildRef<A>*> current_{nullptr};
  std::mutex mutex_;
  // Guarded by the mutex. A place lasts as long as its supervisor's spec, so there is hardly ever
  // a second one; the first stays for those who read it at that moment.
  std::vector<std::unique_ptr<const actors::ChildRef<A>>> entered_;
};

}  // namespace coppice::db
