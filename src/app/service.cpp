#include "app/service.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/spawn.hpp"
#include "app/server_tree.hpp"

namespace coppice::app {
namespace {

// From the signal to the end of the process go at the most the 5 s that Fly.io grants. The first
// two add up to less than the limit, which is there for threads that can't be stopped.
constexpr auto kDrainTime = std::chrono::milliseconds(2250);
constexpr auto kStopTime = std::chrono::milliseconds(1500);
constexpr auto kStopLimit = std::chrono::milliseconds(4250);
constexpr auto kPoll = std::chrono::milliseconds(5);

/// What a failed start says about the actor where it failed: each supervisor above it reports as
/// well, after it.
class StartErrors {
 public:
  explicit StartErrors(actors::EventBus& events)
      : subscription_(
            events.attach([seen = seen_](const actors::Event& event) { seen->add(event); },
                          {actors::EventKind::sup_start_error})) {}

  /// "/http/listener-0: the port is taken"; @p otherwise if no actor was to blame.
  [[nodiscard]] std::string innermost(const std::string& otherwise) const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->path.empty() ? otherwise : seen_->path + ": " + seen_->reason;
  }

 private:
  // Shared, since the bus may still be calling the handler when it has been detached.
  struct Seen {
    void add(const actors::Event& event) {
      const std::lock_guard lock(mutex);
      if (path.starts_with(std::string(event.path) + "/")) return;
      const std::string_view text = event.reason != nullptr ? event.reason->text() : "";
      path = event.path;
      reason = text.empty() ? event.detail : text;
    }
    std::mutex mutex;
    std::string path;
    std::string reason;
  };
  const std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  actors::EventBus::Subscription subscription_;
};

}  // namespace

actors::Result<void> Service::start(const Config& config) {
  const StartErrors errors(runtime_.events());
  const auto root = actors::spawn<supervisor::Supervisor>(runtime_, {.place = runtime_.root()},
                                                          server_tree(runtime_, config, parts_));
  if (!root) {
    return actors::fail(actors::Errc::start_failed, errors.innermost(root.error().context));
  }
  root_ = root->pid();
  runtime_.root()->running(root_, runtime_.now());
  watch_root();
  return {};
}

// The main thread waits for a signal, so whoever else wants the server to end sends one.
void Service::watch_root() {
  const auto has_ended = [gave_up = gave_up_] {
    if (!gave_up->exchange(true)) kill(getpid(), SIGTERM);
  };
  root_watch_ = runtime_.events().attach(
      [root = root_, has_ended](const actors::Event& event) {
        if (event.pid == root) has_ended();
      },
      {actors::EventKind::actor_exit});
  if (!runtime_.stats(root_)) has_ended();
}

void Service::shut_down() {
  root_watch_.reset();
  limit_.arm(runtime_, kStopLimit, 0);
  drain();
  const auto ended = runtime_.stop(root_, actors::ExitReason::shutdown(), kStopTime);
  end(0);
  SPDLOG_INFO("stopped: {}", ended ? ended->to_string() : ended.error().message());
}

void Service::drain() {
  const Drain& clients = *parts_.drain;
  if (parts_.cluster.is_used()) *parts_.cluster.is_ending = true;
  parts_.drain->begin();
  if (parts_.nodes.endpoint) parts_.nodes.endpoint->drain();
  const auto deadline = runtime_.now() + kDrainTime;
  while (clients.open_connections() > 0 && runtime_.now() < deadline)
    std::this_thread::sleep_for(kPoll);
  if (const auto left = clients.open_connections(); left > 0) {
    SPDLOG_WARN("{} connections did not end in time and are cut off", left);
  }
}

/// Ends what is left of the tree, within the limit.
void Service::end(int exit_code) {
  if (std::exchange(ended_, true)) return;
  root_watch_.reset();
  limit_.arm(runtime_, kStopLimit, exit_code);
  if (root_) std::ignore = runtime_.stop(root_, actors::ExitReason::shutdown(), kStopTime);
  while (actors_are_left()) std::this_thread::sleep_for(kPoll);
  parts_.endpoint->clear();
  if (parts_.nodes.endpoint) parts_.nodes.endpoint->clear();
  limit_.runtime_ends();
}

bool Service::actors_are_left() const {
  return std::ranges::any_of(runtime_.all_stats(), [](const actors::ActorStats& actor) {
    return actor.state != actors::ActorState::zombie;
  });
}

}  // namespace coppice::app
