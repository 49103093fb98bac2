#include "supervisor/dynamic_supervisor.hpp"

#include "actors/task_group.hpp"
#include "supervisor/reports.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::supervisor {

using actors::ChildExit;
using actors::Errc;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::Pid;
using actors::Result;
using actors::StartOutcome;
using actors::Task;

Init DynamicSupervisor::init() {
  if (auto valid = check(flags_.intensity); !valid) {
    return Init::stop(ExitReason::custom(valid.error().context));
  }
  trap_exits();
  place_ = place_of(cell());
  // Those of an earlier incarnation that was killed before it could tidy up.
  for (const auto& left_over : place_->children()) left_over->remove();
  return Init::ok();
}

// All at once, so that the children's deadlines overlap.
Task<void> DynamicSupervisor::terminate(ExitReason /*reason*/) {
  actors::TaskGroup group;
  const Duration budget = shutdown_budget(stop_deadline(), now());
  for (Child* child = children_.first(); child != nullptr;
       child = children_.after(child->serial())) {
    group.add(child->stop(budget));
  }
  co_await group.join();
  while (Child* child = children_.last()) children_.forget(*child);
}

std::string DynamicSupervisor::describe() const {
  return "dynamic, " + std::to_string(children_.size()) + " children";
}

// -- orders --------------------------------------------------------------------------------------

Task<Result<StartedChild>> DynamicSupervisor::handle(StartChild message) {
  if (message.spec.id.empty()) message.spec.id = "child";
  if (auto valid = check(message.spec, AutoShutdown::never); !valid) {
    co_return std::unexpected(valid.error());
  }
  if (children_.size() >= flags_.max_children) {
    co_return fail(Errc::max_children, std::to_string(flags_.max_children));
  }
  auto place =
      place_->add_child(label(message.spec.id), message.spec.type, message.spec.describe());
  Child& child = children_.add(std::move(message.spec), std::move(place));
  StartOutcome outcome = co_await children_.start(&child, /*counts_as_restart=*/false);
  if (!outcome.ok()) children_.forget(child);
  co_return started_child(std::move(outcome));
}

Task<Result<void>> DynamicSupervisor::handle(TerminateChild message) {
  const Result<Child*> child = find(message.child);
  if (!child) co_return std::unexpected(child.error());
  co_await (*child)->stop(actors::kForever);
  children_.forget(**child);
  co_return Result<void>();
}

Task<Result<void>> DynamicSupervisor::handle(CycleChild message) {
  const Result<Child*> child = find(message.child);
  if (!child) co_return std::unexpected(child.error());
  if ((*child)->is_temporary()) {
    co_return fail(Errc::invalid_argument,
                   (*child)->id() + " is temporary: it can only be stopped");
  }
  const std::string id = (*child)->id();
  co_await (*child)->stop(actors::kForever);
  if (co_await start_again(*child) == StartOutcome::Kind::ok) co_return Result<void>();
  co_return fail(Errc::start_failed, id + " did not come up again");
}

std::vector<ChildInfo> DynamicSupervisor::handle(WhichChildren /*message*/) {
  auto out = children_.list();
  for (auto& child : out) child.id.clear();  // a label, which names nobody
  return out;
}

ChildCounts DynamicSupervisor::handle(CountChildren /*message*/) { return children_.counts(); }

void DynamicSupervisor::handle(const actors::Info& info) { report_unexpected(cell(), info); }

Result<Child*> DynamicSupervisor::find(const ChildKey& key) {
  if (const Pid* pid = std::get_if<Pid>(&key)) {
    if (Child* child = children_.find(*pid)) return child;
    return fail(Errc::not_found, to_string(*pid));
  }
  if (const auto* place = std::get_if<std::shared_ptr<const actors::Place>>(&key)) {
    if (Child* child = children_.find(*place)) return child;
    return fail(Errc::not_found);
  }
  return fail(Errc::invalid_argument, "simple_one_for_one: name the child by its pid");
}

// -- a child has ended ---------------------------------------------------------------------------

Task<void> DynamicSupervisor::handle(ChildExit exit) {
  Child* child = children_.find_running(exit.pid);
  if (child == nullptr) co_return;  // stopped by this supervisor, or by an older one
  child->ended();
  if (!is_restarted(*child, exit.reason)) {
    if (!exit.reason.is_clean()) report_terminated(*child, exit.pid, exit.reason, "forget");
    children_.forget(*child);
    co_return;
  }
  report_terminated(*child, exit.pid, exit.reason, "restart");
  co_await restart(child, restarts_.judge_failure(*child, now()));
}

Task<void> DynamicSupervisor::handle(Retry retry) {
  Child* child = children_.find_serial(retry.child);
  if (child == nullptr || !child->awaits(retry.attempt)) co_return;
  co_await restart(child, restarts_.judge_retry(*child, retry, now()));
}

Task<void> DynamicSupervisor::restart(Child* child, Restarts::Verdict verdict) {
  using Kind = Restarts::Verdict::Kind;
  switch (verdict.kind) {
    case Kind::give_up: give_up(*child, verdict.why); break;
    case Kind::now: co_await start_again(child); break;
    case Kind::later:
      report_backoff(*child, verdict.delay);
      child->set_restarting(now() + verdict.delay);
      send_after(verdict.delay, Retry{child->serial(), child->new_attempt(), /*waited=*/true});
      break;
  }
}

// A start that failed is retried through the mailbox, so that orders and the supervisor's own end
// get in between.
Task<StartOutcome::Kind> DynamicSupervisor::start_again(Child* child) {
  report_restart(*child, "dynamic", 1);
  const StartOutcome outcome = co_await children_.start(child, /*counts_as_restart=*/true);
  if (outcome.ok()) co_return outcome.kind;
  if (outcome.kind == StartOutcome::Kind::ignored) {
    children_.forget(*child);
  } else {
    child->set_restarting(std::nullopt);
    requeue(Retry{child->serial(), child->new_attempt()});
  }
  co_return outcome.kind;
}

void DynamicSupervisor::give_up(Child& child, std::string_view why) {
  report_gave_up(child, why, restarts_.count(now()));
  children_.forget(child);
  stop(ExitReason::shutdown());
}

std::string DynamicSupervisor::label(const std::string& id) {
  return id + "#" + std::to_string(++started_);
}

ChildSpec dynamic_supervisor_child(std::string id, DynamicFlags flags) {
  return {.id = std::move(id),
          .start = actors::make_factory<DynamicSupervisor>(flags),
          .type = ChildType::dynamic_supervisor};
}

}  // namespace coppice::supervisor
