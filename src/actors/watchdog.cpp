#include "actors/watchdog.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <execinfo.h>
#include <mutex>
#include <pthread.h>
#include <utility>
#include <vector>

#include "actors/at_work.hpp"

namespace coppice::actors {
namespace {

constexpr int kCaptureSignal = SIGURG;  // ignored by default, so a stray one is harmless
constexpr auto kCaptureTimeout = std::chrono::milliseconds(50);
// For those who were told to write it down.
constexpr auto kLastWords = std::chrono::milliseconds(500);
// Looks that see something move, in one window, from which on the process is busy.
constexpr unsigned kBusyLooks = 10;

/// The one capture under way; written by the signal handler on the stuck thread.
struct Capture {
  std::array<void*, 48> frames{};
  std::atomic<int> count{-1};
  std::atomic<bool> wanted{false};
};
Capture capture;

void on_capture_signal(int /*signal*/) {
  if (!capture.wanted.exchange(false)) return;
  const int saved_errno = errno;
  capture.count.store(backtrace(capture.frames.data(), static_cast<int>(capture.frames.size())));
  errno = saved_errno;
}

void install_handler() {
  std::array<void*, 1> warm_up{};
  backtrace(warm_up.data(), 1);  // loads libgcc now, not in the signal handler
  struct sigaction action{};
  action.sa_handler = on_capture_signal;
  action.sa_flags = SA_RESTART;
  sigaction(kCaptureSignal, &action, nullptr);
}

/// Where a thread stands, innermost first; nothing if it doesn't say.
std::vector<const void*> capture_stack(std::uint64_t native_thread) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  if (native_thread == 0) return {};
  capture.count.store(-1);
  capture.wanted.store(true);
  if (pthread_kill(static_cast<pthread_t>(native_thread), kCaptureSignal) != 0) return {};
  const auto deadline = std::chrono::steady_clock::now() + kCaptureTimeout;
  while (capture.count.load() < 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      capture.wanted.store(false);
      return {};
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  const auto frames =
      std::span(capture.frames).first(static_cast<std::size_t>(capture.count.load()));
  return std::vector<const void*>(frames.begin(), frames.end());
}

}  // namespace

Watchdog::Watchdog(Runtime& runtime, WatchdogOptions options)
    : runtime_(runtime), options_(options), window_began_(steady_clock()->now()) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Watchdog::run(const std::stop_token& stop) {
  while (pause(stop)) {
    look_at_all();
    if (is_idle_) sleep_while_all_rest(stop);
  }
}

bool Watchdog::pause(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, stop, options_.interval, [] { return false; });
  return !stop.stop_requested();
}

void Watchdog::look_at_all() {
  const auto shards = runtime_.all_shards();
  const Time now = steady_clock()->now();
  watched_.resize(shards.size(),
                  Watched{.since = now, .asked = now, .next_report = options_.soft_limit});
  bool any_moved = false;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (!shards[i]->dedicated() && look(*shards[i], watched_[i])) any_moved = true;
  }
  note_pace(any_moved, now);
}

// Timers that fire now and then, and those who ask the shards how they are, make no busy process.
void Watchdog::note_pace(bool any_moved, Time now) {
  if (any_moved) ++moved_looks_;
  const bool is_over = now - window_began_ >= options_.idle_after;
  if (moved_looks_ >= kBusyLooks) {
    is_idle_ = false;
  } else if (is_over) {
    is_idle_ = true;
  }
  if (!is_over) return;
  window_began_ = now;
  moved_looks_ = 0;
}

// A shard that stirs after the bell was set rings it; one that did before is seen.
void Watchdog::sleep_while_all_rest(const std::stop_token& stop) {
  if (!all_rest()) return;
  const auto heard_before = runtime_.bell().listen();
  if (!all_rest()) return;
  runtime_.bell().wait_for(heard_before, options_.idle_interval, stop);
  // They have rested until now: who stirs has not been at it for all that time.
  const Time now = steady_clock()->now();
  for (auto& watched : watched_) watched.since = now;
}

bool Watchdog::all_rest() const {
  const auto shards = runtime_.all_shards();
  return std::ranges::all_of(
      shards, [](const Shard* shard) { return shard->dedicated() || shard->resting(); });
}

bool Watchdog::look(Shard& shard, Watched& watched) {
  const Time now = steady_clock()->now();
  if (shard.native_thread() == 0) {  // not yet, or not any more
    watched.since = now;
    return false;
  }
  const std::uint64_t sequence = shard.activity().sequence.load(std::memory_order_relaxed);
  if (sequence != watched.sequence) {
    watched.sequence = sequence;
    watched.since = watched.asked = now;
    watched.next_report = options_.soft_limit;
    return !std::exchange(watched.was_asked, false);
  }
  if (shard.resting()) {
    ask_if_due(shard, watched, now);
    return false;
  }
  // The step began at some point before it was first seen, so this is the least it can be.
  const Duration elapsed = now - watched.since;
  if (elapsed < watched.next_report) return false;
  watched.next_report = elapsed * 2;
  report(shard, watched, elapsed);
  return false;
}

void Watchdog::ask_if_due(Shard& shard, Watched& watched, Time now) const {
  watched.since = now;
  if (now - watched.asked < (is_idle_ ? options_.idle_interval : options_.soft_limit)) return;
  watched.asked = now;
  watched.was_asked = true;
  shard.wake();
}

void Watchdog::report(const Shard& shard, Watched& watched, Duration elapsed) {
  const bool lost = elapsed >= options_.hard_limit;
  if (!lost && !may_report(watched, steady_clock()->now())) {
    ++watched.suppressed;
    return;
  }
  const AtWork culprit = at_work(shard);
  const auto stack = capture_stack(shard.native_thread());
  runtime_.events().emit({.kind = lost ? EventKind::core_stalled : EventKind::handler_slow,
                          .pid = culprit.pid,
                          .path = culprit.path.empty() ? culprit.type : culprit.path,
                          .type = culprit.message,
                          .duration = elapsed,
                          .value = std::exchange(watched.suppressed, 0),
                          .stack = stack});
  if (!lost || !options_.abort_on_hard_limit) return;
  std::this_thread::sleep_for(kLastWords);
  std::abort();
}

bool Watchdog::may_report(Watched& watched, Time now) const {
  if (now - watched.minute_began >= std::chrono::minutes(1)) {
    watched.minute_began = now;
    watched.reports = 0;
  }
  return watched.reports++ < options_.reports_per_minute;
}

}  // namespace coppice::actors
