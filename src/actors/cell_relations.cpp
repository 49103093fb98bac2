// Whom an actor knows: monitors, links, children, names, and its timers.
#include <algorithm>

#include "actors/cell.hpp"
#include "actors/cell_extras.hpp"
#include "actors/exit_watch.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"

namespace coppice::actors {

// -- monitors ------------------------------------------------------------------------------------

MonitorId Cell::monitor(Pid target, ExitWatch* watch) {
  const MonitorId id{shard_.runtime().next_id()};
  if (fenced_) return id;
  extras().watching.emplace(id, CellExtras::Watching{target, watch});
  shard_.send_signal(std::make_unique<MonitorEnvelope>(pid_, target, id));
  return id;
}

void Cell::demonitor(MonitorId monitor) noexcept {
  if (!extras_) return;
  const auto entry = extras_->watching.find(monitor);
  if (entry == extras_->watching.end()) return;
  const Pid target = entry->second.target;
  extras_->watching.erase(entry);
  shard_.send_signal(std::make_unique<DemonitorEnvelope>(target, monitor));
}

void Cell::add_watcher(Pid watcher, MonitorId monitor) {
  extras().watchers.emplace(monitor, watcher);
}

void Cell::remove_watcher(MonitorId monitor) noexcept {
  if (extras_) extras_->watchers.erase(monitor);
}

void Cell::on_down_signal(std::unique_ptr<Envelope> envelope, MonitorId monitor,
                          const ExitReason& reason) noexcept {
  if (!extras_) return;
  const auto entry = extras_->watching.find(monitor);
  if (entry == extras_->watching.end()) return;
  if (ExitWatch* watch = entry->second.watch) {
    extras_->watching.erase(entry);
    watch->on_exit(reason);
    return;
  }
  admit(std::move(envelope));
}

bool Cell::consume_monitor(MonitorId monitor) noexcept {
  return extras_ && extras_->watching.erase(monitor) > 0;
}

// -- links ---------------------------------------------------------------------------------------

void Cell::link(Pid target) {
  if (target == pid_ || fenced_) return;
  add_link(target);
  shard_.send_signal(std::make_unique<LinkEnvelope>(pid_, target, /*link=*/true));
}

void Cell::unlink(Pid target) noexcept {
  remove_link(target);
  shard_.send_signal(std::make_unique<LinkEnvelope>(pid_, target, /*link=*/false));
}

void Cell::add_link(Pid peer) {
  auto& links = extras().links;
  if (std::ranges::find(links, peer) == links.end()) links.push_back(peer);
}

void Cell::remove_link(Pid peer) noexcept {
  if (extras_) std::erase(extras_->links, peer);
}

void Cell::on_exit_signal(Pid from, ExitReason reason, bool from_link) noexcept {
  if (from_link) {
    // A signal from somebody who is not linked any more is stale.
    if (!extras_ || std::erase(extras_->links, from) == 0) return;
  }
  // A parent's is an order to everyone, as in gen_server.
  const bool from_parent = parent_ && from == parent_;
  if (trap_exits_ && !from_parent) {
    admit(std::make_unique<ExitMessageEnvelope>(pid_, Exit{from, std::move(reason)}));
    return;
  }
  if (reason.kind() == ExitReason::Kind::normal && !from_parent) return;
  admit(std::make_unique<StopEnvelope>(pid_, std::move(reason)));
}

std::vector<Pid> Cell::links() const { return extras_ ? extras_->links : std::vector<Pid>{}; }

std::vector<Pid> Cell::monitoring() const {
  std::vector<Pid> out;
  if (!extras_) return out;
  for (const auto& [id, watching] : extras_->watching) out.push_back(watching.target);
  return out;
}

std::vector<Pid> Cell::watched_by() const {
  std::vector<Pid> out;
  if (!extras_) return out;
  for (const auto& [id, watcher] : extras_->watchers) out.push_back(watcher);
  return out;
}

// -- children ------------------------------------------------------------------------------------

void Cell::add_child(Pid child) { extras().children.insert(child); }

std::vector<Pid> Cell::children() const {
  if (!extras_) return {};
  return {extras_->children.begin(), extras_->children.end()};
}

void Cell::remove_child(Pid child) noexcept {
  if (extras_) extras_->children.erase(child);
}

std::optional<ExitReason> Cell::take_child_exit(Pid child) {
  const auto notice = user_.take_first([child](const Envelope& e) {
    return e.from() == child && e.lane() == Lane::signal && &e.type() == &type_tag<ChildExit>();
  });
  if (!notice) return std::nullopt;
  return static_cast<const ChildExitEnvelope&>(*notice).exit().reason;
}

// -- names ---------------------------------------------------------------------------------------

Result<void> Cell::register_name(const std::string& name) {
  if (fenced_) return fail(Errc::shutting_down, "the actor has been abandoned");
  auto registered = shard_.runtime().registry().add_name(name, {.pid = pid_, .type = type_});
  if (registered) {
    auto& names = extras().names;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    return registered;
  }
  shard_.runtime().events().emit({.kind = EventKind::registry_conflict,
                                  .pid = pid_,
                                  .path = name,
                                  .type = type_->name,
                                  .detail = registered.error().context});
  return registered;
}

void Cell::unregister_name(const std::string& name) noexcept {
  shard_.runtime().registry().remove_name(name, pid_);
  if (extras_) std::erase(extras_->names, name);
}

void Cell::join_group(const std::string& group) {
  if (fenced_) return;
  shard_.runtime().registry().join(group, {.pid = pid_, .type = type_});
  auto& groups = extras().groups;
  if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
}

void Cell::leave_group(const std::string& group) noexcept {
  shard_.runtime().registry().leave(group, pid_);
  if (extras_) std::erase(extras_->groups, group);
}

// -- timers --------------------------------------------------------------------------------------

TimerId Cell::set_timer(std::string name, Duration delay, Duration period, MakeEnvelope make) {
  if (fenced_) return {};
  if (!name.empty()) cancel_timer(name);
  const TimerId id{shard_.runtime().next_id()};
  ActorTimer& timer = extras().timers[id];
  timer.name = std::move(name);
  timer.period = period;
  timer.due = deadline_after(shard_.now(), delay);
  timer.make = std::move(make);
  timer.timer = std::make_unique<CallbackTimer>([this, id] { timer_fired(id); });
  shard_.timers().arm(*timer.timer, timer.due);
  return id;
}

void Cell::timer_fired(TimerId id) noexcept {
  const auto entry = extras_->timers.find(id);
  if (entry == extras_->timers.end()) return;
  ActorTimer& timer = entry->second;
  if (timer.period == Duration::zero()) {  // forgotten when the message is delivered
    admit(timer.make(id));
    return;
  }
  const auto raw = static_cast<std::uint64_t>(id);
  bool still_queued = false;
  urgent_.for_each([&](const Envelope& e) { still_queued |= e.timer_id() == raw; });
  // An actor that is too slow for its own period gets one message, not a pile of them.
  if (!still_queued) admit(timer.make(id));
  timer.due = std::max(deadline_after(timer.due, timer.period), shard_.now());
  shard_.timers().arm(*timer.timer, timer.due);
}

bool Cell::cancel_timer(TimerId id) noexcept {
  if (!extras_ || extras_->timers.erase(id) == 0) return false;
  const auto raw = static_cast<std::uint64_t>(id);
  urgent_.take_first([raw](const Envelope& e) { return e.timer_id() == raw; }).reset();
  return true;
}

bool Cell::cancel_timer(std::string_view name) noexcept {
  if (!extras_) return false;
  const auto entry = std::ranges::find_if(
      extras_->timers, [name](const auto& timer) { return timer.second.name == name; });
  return entry != extras_->timers.end() && cancel_timer(entry->first);
}

void Cell::set_idle_timeout(Duration timeout) {
  extras().not_idle();
  extras_->idle_when_empty = timeout == Duration::zero();
  if (extras_->idle_when_empty || timeout == kForever) return;
  extras_->idle_after = timeout;
}

// The wait begins when the handler has ended, however long that took.
void Cell::arm_idle_timeout() {
  if (phase_ != Phase::running || waits_on_handler()) return;
  const Duration timeout = *std::exchange(extras_->idle_after, std::nullopt);
  auto& idle = extras_->idle.emplace([this] {
    extras_->idle_when_empty = true;  // mail that is waiting by then comes first and cancels it
    schedule();
  });
  shard_.timers().arm(idle, deadline_after(shard_.now(), timeout));
}

// -- tasks ---------------------------------------------------------------------------------------

void Cell::background(Task<void> task) { extras().background.add(std::move(task)); }

}  // namespace coppice::actors
