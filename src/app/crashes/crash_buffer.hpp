#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "actors/events.hpp"
#include "app/crashes/crash.hpp"

namespace coppice::app::crashes {

/// Crashes between the thread where they happen and whoever takes them further. It outlives that
/// one's incarnations, so what crashes meanwhile, or crashed it, is not lost.
///
/// Equal ones that wait are one; with more different ones than it holds, the oldest go and are
/// counted.
///
/// Thread: any. Noting one costs some microseconds, and no more than that whatever the storm.
class CrashBuffer {
 public:
  static constexpr std::size_t kMost = 200;

  explicit CrashBuffer(std::string version) : version_(std::move(version)) {}

  /// Whether it is a new one, rather than one more of those that wait.
  bool note(const actors::Event& event);

  /// The same for a crash of which everything is known.
  bool add(Crash crash);

  /// The oldest, which from then on are under way.
  [[nodiscard]] std::vector<RawCrash> take(std::size_t most);
  /// Ends what is under way. Those that did not get through wait again, as the oldest.
  void arrived();
  void give_back(std::vector<RawCrash> crashes);
  /// What was under way is lost: whoever took it has crashed, perhaps over it.
  void give_up();

  /// How many different ones wait.
  [[nodiscard]] std::size_t waiting() const;
  /// What is under way and what waits, oldest first, without stacks.
  [[nodiscard]] std::vector<Crash> unwritten() const;
  /// How many crashes were let go.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  bool add_to_equal(std::int64_t fingerprint, std::int64_t count, std::int64_t at);
  void keep_newest();

  const std::string version_;
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::deque<RawCrash> waiting_;
  std::vector<Crash> under_way_;
  std::uint64_t dropped_ = 0;
};

}  // namespace coppice::app::crashes
