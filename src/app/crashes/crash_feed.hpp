#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "app/crashes/crash_buffer.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::crashes {

/// Crashes on their way to an actor, across its incarnations: a buffer, and who is to be woken. The
/// actor has a message `Wake` without content; each incarnation enters `keeper`, looks for itself
/// what waits, and clears `woken` before it looks.
///
/// Thread: any.
template <class Actor>
struct CrashFeed {
  CrashFeed(std::string name, std::string version)
      : buffer(std::move(version)), keeper(std::move(name)) {}

  /// Has the event taken further, soon.
  void note(const actors::Event& event) {
    if (buffer.note(event)) wake();
  }

  /// The same for a crash of which everything is known.
  void add(Crash crash) {
    if (buffer.add(std::move(crash))) wake();
  }

  void wake() {
    if (woken.exchange(true)) return;
    const auto address = keeper.get();
    // Without one that can be told, the next incarnation looks for itself.
    if (!address || !address->cast(typename Actor::Wake{})) woken = false;
  }

  CrashBuffer buffer;
  db::ChildSlot<Actor> keeper;
  std::atomic<bool> woken{false};  ///< Whether a Wake is on its way: there need not be two.
};

}  // namespace coppice::app::crashes
