#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actors/time.hpp"

namespace coppice::net::channels {

/// Names a timer of one channel.
enum class TimerId : std::uint64_t {};

/// The timers of one channel. Those that are left are cancelled when it is destroyed.
///
/// Thread: a shard.
class ChannelTimers {
 public:
  using Action = std::function<void()>;

  ChannelTimers() noexcept;
  ChannelTimers(const ChannelTimers&) = delete;
  ChannelTimers& operator=(const ChannelTimers&) = delete;
  ~ChannelTimers();

  /// Calls @p action once, after @p delay. It must not throw, and may cancel any timer.
  TimerId after(actors::Duration delay, Action action);

  /// Calls @p action again and again, each time @p interval (at least a millisecond) after the
  /// last.
  TimerId every(actors::Duration interval, Action action);

  /// Guarantees that the action is not called any more. One that is over already is ignored.
  void cancel(TimerId id) noexcept;
  void cancel_all() noexcept;

 private:
  class One;

  TimerId add(actors::Duration delay, bool repeats, Action action);

  std::vector<std::shared_ptr<One>> timers_;
  std::uint64_t last_id_ = 0;
};

}  // namespace coppice::net::channels
