#include "app/dashboard/dashboard.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "actors/shard.hpp"
#include "actors/telemetry.hpp"
#include "app/clean_text.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::dashboard {
namespace {

using actors::Event;
using actors::EventKind;

constexpr std::size_t kLongestText = 200;

/// The reason, or for how long which message has kept a handler; the stack is the log's.
std::string text_of(const Event& event) {
  if (event.reason != nullptr) return event.reason->to_string();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(event.duration);
  if (ms.count() == 0) return std::string(event.detail);
  return fmt::format("{} ms {}", ms.count(), event.type);
}

/// Runs where the event happens, so it does no more than copy it.
Incident incident_of(const Event& event) {
  return {.at = std::chrono::system_clock::now(),
          .kind = event.kind,
          .path = clean_text(event.path, kLongestText, Lines::one),
          .text = clean_text(text_of(event), kLongestText)};
}

}  // namespace

void Dashboard::init() {
  desk_->address.enter(runtime(), cell().place());
  if constexpr (!actors::kTelemetry) return;
  last_look_ = now();
  // What can't be told is no loss: whoever has so much to tell shows in the tree.
  subscription_ = runtime().events().attach(
      [self = self()](const Event& event) { self.cast(Happened{incident_of(event)}).ignore(); },
      {EventKind::actor_crash, EventKind::sup_start_error, EventKind::sup_restart,
       EventKind::sup_gave_up, EventKind::sup_shutdown_error, EventKind::mailbox_overflow,
       EventKind::handler_slow, EventKind::core_stalled, EventKind::zombie_add,
       EventKind::limit_memory, EventKind::io_crash});
  handle(Look{});
}

void Dashboard::handle(Look /*message*/) {
  const auto actors = look_at_tree(runtime(), History::kMostActors);
  history_.take(readings_of(actors), now() - last_look_);
  last_look_ = now();
  if (desk_->watchers.load() > 0) broadcast(actors);
  rests_ = may_rest();
  if (!rests_) set_timer("look", kInterval, Look{});
}

// A shard that stirs after it was listened for is heard, one that did before is seen; but for this
// one, which is about to rest. What it does until then is told with what comes after the rest.
bool Dashboard::may_rest() {
  if (desk_->watchers.load() > 0 || history_.moved(self().pid())) return false;
  if (!std::exchange(listens_, true)) {
    runtime().bell().listen([self = self()] { self.cast(Stirred{}).ignore(); });
  }
  const auto shards = runtime().all_shards();
  return std::ranges::all_of(shards, [](const actors::Shard* shard) {
    return shard->resting() || shard == actors::Shard::current();
  });
}

void Dashboard::handle(Stirred /*message*/) {
  listens_ = false;
  end_rest();
}

/// What has happened just now belongs to the time since the last look that would have been.
void Dashboard::end_rest() {
  if (!std::exchange(rests_, false)) return;
  const auto left_out = (now() - last_look_) / kInterval;
  history_.rest(static_cast<std::size_t>(left_out));
  last_look_ += left_out * kInterval;
  set_timer("look", last_look_ + kInterval - now(), Look{});
}

void Dashboard::handle(Changed /*message*/) {
  if (show_is_due_ || desk_->watchers.load() == 0) return;
  show_is_due_ = true;
  send_after(kGathered, Show{});
}

void Dashboard::handle(Show /*message*/) {
  show_is_due_ = false;
  broadcast(look_at_tree(runtime(), History::kMostActors));
}

void Dashboard::handle(Happened happened) {
  end_rest();
  happened.incident.number = ++happened_;
  incidents_.push_back(std::move(happened.incident));
  if (incidents_.size() > kKept) incidents_.pop_front();
  handle(Changed{});
}

std::string Dashboard::handle(Overview /*message*/) {
  end_rest();
  return overview(look_at_tree(runtime(), History::kMostActors));
}

actors::Result<std::string> Dashboard::handle(const SeriesOf& message) {
  end_rest();
  const auto* series = history_.find(message.path);
  if (series != nullptr) return series_json(*series, kInterval);
  return actors::fail(actors::Errc::not_found, "nothing is known of " + message.path);
}

std::string Dashboard::overview(const std::vector<SeenActor>& actors) const {
  const auto at = std::chrono::system_clock::now();
  return overview_json({.version = desk_->version,
                        .now = at,
                        .uptime = std::chrono::floor<std::chrono::seconds>(at - desk_->started),
                        .interval = kInterval},
                       actors, history_, incidents_);
}

void Dashboard::broadcast(const std::vector<SeenActor>& actors) const {
  desk_->hub->broadcast_local(
      kTopic, std::make_shared<net::channels::Broadcast>(
                  std::string(kTopic), "overview", net::channels::Payload::json(overview(actors)),
                  "overview"));
}

std::string Dashboard::describe() const {
  return fmt::format("{} actors' last minutes, {} watchers, {} events", history_.size(),
                     desk_->watchers.load(), happened_);
}

}  // namespace coppice::app::dashboard
