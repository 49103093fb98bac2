#include "app/stop_limit.hpp"

#include <condition_variable>
#include <future>
#include <string>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "actors/exit_reason.hpp"
#include "actors/spawn.hpp"

namespace coppice::app {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(2);

// For the last words and for the writer, both of which may be stuck as well.
constexpr auto kLastWords = std::chrono::milliseconds(400);

/// Supervisors are not named: they only wait for those below them.
void add_workers(const actors::Place& place, std::map<actors::Pid, std::string>& out) {
  if (place.pid() && place.kind() == actors::Place::Kind::worker) out[place.pid()] = place.path();
  for (const auto& child : place.children()) add_workers(*child, out);
}

/// What the writer has taken is committed before it ends.
void stop_writer(actors::Runtime& runtime) {
  const auto writer = runtime.root()->find("/database/writer");
  const actors::Pid pid = writer ? writer->pid() : actors::Pid();
  if (!pid) return;
  actors::send_exit(runtime, {}, pid, actors::ExitReason::shutdown());
  while (runtime.stats(pid)) std::this_thread::sleep_for(kLookEvery);
}

}  // namespace

void StopLimit::arm(actors::Runtime& runtime, std::chrono::milliseconds limit, int exit_code) {
  if (thread_.joinable()) return;
  // Now, since the places of actors that are being ended are given up one by one.
  add_workers(*runtime.root(), workers_);
  runtime_ = &runtime;
  thread_ = std::jthread(
      [this, limit, exit_code](const std::stop_token& stop) { wait(stop, limit, exit_code); });
}

void StopLimit::runtime_ends() {
  const std::lock_guard lock(mutex_);
  runtime_ = nullptr;
}

void StopLimit::wait(const std::stop_token& stop, std::chrono::milliseconds limit, int exit_code) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, limit, [] { return false; });
  if (!stop.stop_requested()) cut_off(exit_code);
}

void StopLimit::say_what_is_stuck() const {
  for (const auto& [pid, path] : workers_) {
    if (runtime_->stats(pid)) SPDLOG_WARN("{} did not end in time: it is cut off", path);
  }
}

void StopLimit::cut_off(int exit_code) {
  const std::lock_guard lock(mutex_);
  std::promise<void> done;
  // On a thread that can be left behind, too: the disk or the log may be what hangs.
  std::thread([this, &done] {
    if (runtime_ != nullptr) {
      say_what_is_stuck();
      stop_writer(*runtime_);
    } else {
      SPDLOG_WARN("the runtime did not end in time: it is cut off");
    }
    spdlog::default_logger_raw()->flush();
    done.set_value();
  }).detach();
  done.get_future().wait_for(kLastWords);
  _exit(exit_code);
}

}  // namespace coppice::app
