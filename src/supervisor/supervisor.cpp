// How a supervisor lives: starting, restarting and stopping its children. The orders that it takes
// are in supervisor_orders.cpp.
#include "supervisor/supervisor.hpp"

#include <algorithm>
#include <unordered_set>

#include "supervisor/reports.hpp"

namespace coppice::supervisor {

using actors::ChildExit;
using actors::Errc;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::Result;
using actors::StartOutcome;
using actors::Task;

Supervisor::Supervisor(SupervisorSpec spec)
    : Supervisor([spec = std::move(spec)] { return std::optional(spec); }) {}

Supervisor::Supervisor(MakeSpec make) : make_(std::move(make)), restarts_({}) {}

Supervisor::~Supervisor() = default;

// -- life ----------------------------------------------------------------------------------------

Task<Init> Supervisor::init() {
  // Asked once: each incarnation is a new object.
  auto spec = std::exchange(make_, nullptr)();
  if (!spec) co_return Init::ignore();
  if (auto valid = check(spec->flags); !valid) {
    co_return Init::stop(ExitReason::custom(valid.error().context));
  }
  if (auto valid = check(spec->children, spec->flags.auto_shutdown); !valid) {
    co_return Init::stop(ExitReason::custom("start_spec(" + valid.error().context + ")"));
  }
  trap_exits();
  flags_ = spec->flags;
  restarts_.change(flags_.intensity);
  place_ = place_of(cell());
  const Result<void> started = co_await start_all(std::move(spec->children));
  if (!started) co_return Init::stop(ExitReason::shutdown(started.error().context));
  co_return Init::ok();
}

Task<Result<void>> Supervisor::start_all(std::vector<ChildSpec> specs) {
  remove_places_except(specs);
  for (auto& spec : specs) {
    Child& child = add(std::move(spec));
    const StartOutcome outcome = co_await children_.start(&child, /*counts_as_restart=*/false);
    if (outcome.ok()) continue;
    if (outcome.kind == StartOutcome::Kind::ignored) {
      settle_down(child);
      continue;
    }
    const std::string id = child.id();
    co_await stop_all();
    co_return fail(Errc::start_failed, "failed_to_start_child(" + id + ", " +
                                           actors::pid_of(outcome).error().context + ")");
  }
  co_return Result<void>();
}

// Places outlive their supervisor, so that addresses find what is started in them again. What is
// not, is gone.
void Supervisor::remove_places_except(const std::vector<ChildSpec>& specs) {
  std::unordered_set<std::string_view> ids;
  for (const auto& spec : specs) ids.insert(spec.id);
  for (const auto& place : place_->children()) {
    if (!ids.contains(place->id())) place->remove();
  }
}

Task<void> Supervisor::terminate(ExitReason /*reason*/) { return stop_all(); }

std::string Supervisor::describe() const {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const auto period = duration_cast<milliseconds>(flags_.intensity.period);
  return std::string(to_string(flags_.strategy)) + ", " + std::to_string(children_.size()) +
         " children, intensity " + std::to_string(flags_.intensity.intensity) + " in " +
         std::to_string(period.count()) + " ms";
}

// -- a child has ended ---------------------------------------------------------------------------

Task<void> Supervisor::handle(ChildExit exit) {
  Child* child = children_.find_running(exit.pid);
  if (child == nullptr) co_return;  // stopped by this supervisor, or by an older one
  child->ended();
  if (!is_restarted(*child, exit.reason)) {
    if (!exit.reason.is_clean()) report_terminated(*child, exit.pid, exit.reason, "forget");
    ended_for_good(*child, exit.reason);
    co_return;
  }
  report_terminated(*child, exit.pid, exit.reason, "restart");
  co_await restart(child, restarts_.judge_failure(*child, now()));
}

void Supervisor::ended_for_good(Child& child, const ExitReason& reason) {
  if (child.is_supervisor() && !child.is_temporary()) report_unrestarted_supervisor(child, reason);
  child.set_stopped();
  consider_auto_shutdown(child);
  if (child.is_temporary()) forget(child);
}

// The child doesn't run, by nobody's fault.
void Supervisor::settle_down(Child& child) {
  child.is_temporary() ? forget(child) : child.set_stopped();
}

void Supervisor::consider_auto_shutdown(const Child& ended) {
  if (!ended.spec().significant || flags_.auto_shutdown == AutoShutdown::never) return;
  if (flags_.auto_shutdown == AutoShutdown::all_significant) {
    for (const Child* child = children_.first(); child != nullptr;
         child = children_.after(child->serial())) {
      if (child->spec().significant && child->state() != ChildState::stopped) return;
    }
  }
  report_auto_shutdown(ended);
  stop(ExitReason::shutdown());
}

// -- restarting ----------------------------------------------------------------------------------

Task<void> Supervisor::restart(Child* child, Restarts::Verdict verdict) {
  using Kind = Restarts::Verdict::Kind;
  switch (verdict.kind) {
    case Kind::give_up: give_up(*child, verdict.why); break;
    case Kind::now: co_await restart_now(child); break;
    case Kind::later:
      // What belongs together stops at once.
      if (restarts_in_groups()) co_await stop_from(first_affected(*child).serial());
      report_backoff(*child, verdict.delay);
      child->set_restarting(now() + verdict.delay);
      send_after(verdict.delay, Retry{child->serial(), child->new_attempt(), /*waited=*/true});
      break;
  }
}

Task<void> Supervisor::restart_now(Child* child) {
  if (!restarts_in_groups()) {
    report_restart(*child, to_string(flags_.strategy), 1);
    co_await start_one(child);
    co_return;
  }
  const Child& first = first_affected(*child);
  const Serial begin = first.serial();  // that child may be forgotten while the group stops
  report_restart(*child, to_string(flags_.strategy), children_.count_from(first));
  co_await stop_from(begin);
  co_await start_from(begin);
}

// Starts everything from `first` on that doesn't run, including what an operator had stopped.
Task<void> Supervisor::start_from(Serial first) {
  for (Child* child = children_.after(first - 1); child != nullptr;) {
    const Serial serial = child->serial();
    if (child->state() != ChildState::running && !co_await start_one(child)) co_return;
    child = children_.after(serial);
  }
}

// False if the start failed. It is retried through the mailbox then, so that orders and the
// supervisor's own end get in between.
Task<bool> Supervisor::start_one(Child* child) {
  const StartOutcome outcome = co_await children_.start(child, /*counts_as_restart=*/true);
  if (outcome.ok()) co_return true;
  if (outcome.kind == StartOutcome::Kind::ignored) {
    settle_down(*child);
    co_return true;
  }
  child->set_restarting(std::nullopt);
  requeue(Retry{child->serial(), child->new_attempt()});
  co_return false;
}

Task<void> Supervisor::handle(Retry retry) {
  Child* child = children_.find_serial(retry.child);
  if (child == nullptr || !child->awaits(retry.attempt)) co_return;
  co_await restart(child, restarts_.judge_retry(*child, retry, now()));
}

void Supervisor::give_up(Child& child, std::string_view why) {
  report_gave_up(child, why, restarts_.count(now()));
  child.set_stopped();
  stop(ExitReason::shutdown());
}

// -- stopping ------------------------------------------------------------------------------------

Task<void> Supervisor::stop_from(Serial first) {
  for (Child* child = children_.last(); child != nullptr && child->serial() >= first;) {
    const Serial serial = child->serial();
    if (child->state() != ChildState::stopped) co_await stop_one(child);
    child = children_.before(serial);
  }
}

// Whether they come back with another incarnation is for whoever supervises this one to say.
Task<void> Supervisor::stop_all() {
  if (children_.empty()) co_return;
  co_await stop_from(children_.first()->serial());
  for (Child* child = children_.first(); child != nullptr;
       child = children_.after(child->serial())) {
    child->set_awaiting_start();
  }
}

Task<void> Supervisor::stop_one(Child* child) {
  co_await child->stop(shutdown_budget(stop_deadline(), now()));
  child->is_temporary() ? forget(*child) : child->set_awaiting_start();
}

// The group that waits for a restart waits in vain: its children are stopped, like any others.
void Supervisor::cancel_group_start() {
  for (Child* child = children_.first(); child != nullptr;
       child = children_.after(child->serial())) {
    if (child->state() == ChildState::stopped) child->set_stopped();
  }
}

// -- children ------------------------------------------------------------------------------------

Child& Supervisor::add(ChildSpec spec) {
  auto place = place_->child(spec.id, spec.type, spec.describe());
  Child& child = children_.add(std::move(spec), std::move(place));
  by_id_.emplace(child.place()->id(), &child);
  return child;
}

void Supervisor::forget(Child& child) {
  by_id_.erase(child.place()->id());
  children_.forget(child);
}

Child* Supervisor::find(std::string_view id) const noexcept {
  const auto entry = by_id_.find(id);
  return entry == by_id_.end() ? nullptr : entry->second;
}

const Child& Supervisor::first_affected(const Child& child) noexcept {
  return flags_.strategy == Strategy::one_for_all ? *children_.first() : child;
}

// -- shared with dynamic supervisors -------------------------------------------------------------

ChildSpec supervisor_child(std::string id, SupervisorSpec spec) {
  return {.id = std::move(id),
          .start = actors::make_factory<Supervisor>(std::move(spec)),
          .type = ChildType::supervisor};
}

std::shared_ptr<actors::Place> place_of(const actors::Cell& supervisor) {
  return supervisor.place() ? supervisor.place() : actors::Place::root();
}

Duration shutdown_budget(Time deadline, Time now) noexcept {
  if (deadline == Time::max()) return actors::kForever;
  return std::max(Duration::zero(), (deadline - now) / 10 * 9);
}

Result<StartedChild> started_child(StartOutcome outcome) {
  if (outcome.ok()) return StartedChild{outcome.pid, std::move(outcome.info)};
  if (outcome.kind == StartOutcome::Kind::ignored) return StartedChild{};
  return std::unexpected(actors::pid_of(outcome).error());
}

}  // namespace coppice::supervisor
