#pragma once

#include <chrono>
#include <stop_token>
#include <utility>

#include "actors/sleep.hpp"
#include "actors/task.hpp"

namespace coppice::actors {

/// Requests @p stop when the actor is told to stop: for what it has done elsewhere, such as by
/// blocking(), which can't be cancelled from outside but looks at the token.
///
///     void init() { background(actors::stop_at_end(stop_)); }
///
/// Thread: the actor's shard.
inline Task<void> stop_at_end(std::stop_source stop) {
  bool goes_on = true;
  while (goes_on) goes_on = co_await sleep_for(std::chrono::hours(1));
  stop.request_stop();
}

}  // namespace coppice::actors
