#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace coppice::app {

/// Lines on their way from whoever writes them to one reader that may be slow. What doesn't fit is
/// counted and left out: writers never wait.
///
/// Thread: any.
class LineQueue {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{256} * 1024;

  explicit LineQueue(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}
  LineQueue(const LineQueue&) = delete;
  LineQueue& operator=(const LineQueue&) = delete;
  ~LineQueue() = default;

  /// @param line  Without its line end.
  void put(std::string_view line);

  /// No line comes any more: the reader ends when it has taken what there is.
  void close();

  struct Taken {
    std::string lines;         ///< Each with its line end.
    std::uint64_t missed = 0;  ///< Lines that were left out behind them.
    bool closed = false;       ///< These were the last.
  };
  /// Everything that waits.
  [[nodiscard]] Taken take();

  /// Has @p wake called whenever there is something to take, at once if there is already. It runs
  /// on the writers' threads with a lock held: it must not throw, wait, or use the queue. Null ends
  /// it, and it is not called any more once this returns.
  void when_filled(std::function<void()> wake);

 private:
  void wake();

  const std::size_t most_bytes_;
  std::mutex mutex_;  // guards what follows
  std::string lines_;
  std::uint64_t missed_ = 0;
  bool closed_ = false;
  std::function<void()> wake_;
};

}  // namespace coppice::app
