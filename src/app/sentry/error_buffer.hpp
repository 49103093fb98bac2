#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "app/sentry/logged_error.hpp"

namespace coppice::app::sentry {

/// Errors between the log and whoever reports them. Equal ones that wait are one; with more
/// different ones than it holds, the oldest go and are counted.
///
/// Thread: any.
class ErrorBuffer {
 public:
  static constexpr std::size_t kMost = 100;

  /// Whether it is a new one, rather than one more of those that wait.
  bool add(LoggedError error);

  /// The oldest, if there is one.
  [[nodiscard]] std::optional<LoggedError> take();
  /// It waits again, as the oldest.
  void give_back(LoggedError error);
  /// So many that were taken are let go.
  void drop(std::int64_t count);

  /// How many different ones wait.
  [[nodiscard]] std::size_t waiting() const;
  /// How many were let go.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  void keep_newest();

  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::deque<LoggedError> waiting_;
  std::uint64_t dropped_ = 0;
};

}  // namespace coppice::app::sentry
