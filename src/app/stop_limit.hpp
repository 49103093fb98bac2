#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "actors/runtime.hpp"

namespace coppice::app {

/// Bounds how long the end of the process may take: a thread that is stuck in blocking work can't
/// be ended, only left behind.
///
/// Once armed, and unless it is destroyed in time, it says what did not end, lets the writer finish
/// what it has taken, and ends the process without any destructor.
///
/// Thread: that of its owner. Declare it before all that might hang while it is destroyed.
class StopLimit {
 public:
  StopLimit() = default;
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;
  ~StopLimit() = default;

  /// Starts the clock, the first time that it is called.
  ///
  /// @param limit  When the process is given up. Its end takes a moment more for the writer.
  void arm(actors::Runtime& runtime, std::chrono::milliseconds limit, int exit_code);

  /// Must be called before the runtime is destroyed, which still counts against the limit.
  void runtime_ends();

 private:
  void wait(const std::stop_token& stop, std::chrono::milliseconds limit, int exit_code);
  [[noreturn]] void cut_off(int exit_code);
  void say_what_is_stuck() const;

  std::mutex mutex_;                            // held while the runtime is looked at
  std::map<actors::Pid, std::string> workers_;  // the paths of those that lived when it was armed
  actors::Runtime* runtime_ = nullptr;          // null before and after
  std::jthread thread_;                         // last, since it uses the others
};

}  // namespace coppice::app
