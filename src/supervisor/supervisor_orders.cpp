// The orders and questions that a supervisor takes.
#include "supervisor/reports.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::supervisor {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::StartOutcome;
using actors::Task;

Task<Result<StartedChild>> Supervisor::handle(StartChild message) {
  if (auto valid = check(message.spec, flags_.auto_shutdown); !valid) {
    co_return std::unexpected(valid.error());
  }
  if (const Child* existing = find(message.spec.id)) {
    if (existing->state() != ChildState::running) {
      co_return fail(Errc::already_present, existing->id());
    }
    co_return fail(Errc::already_started, to_string(existing->pid()));
  }
  Child& child = add(std::move(message.spec));
  StartOutcome outcome = co_await children_.start(&child, /*counts_as_restart=*/false);
  if (outcome.kind == StartOutcome::Kind::ignored) {
    settle_down(child);
  } else if (!outcome.ok()) {
    forget(child);
  }
  co_return started_child(std::move(outcome));
}

Task<Result<StartedChild>> Supervisor::handle(RestartChild message) {
  Child* child = find(message.id);
  if (child == nullptr) co_return fail(Errc::not_found, message.id);
  if (child->state() == ChildState::running) co_return fail(Errc::running, message.id);
  if (child->state() == ChildState::restarting) co_return fail(Errc::restarting, message.id);
  StartOutcome outcome = co_await children_.start(child, /*counts_as_restart=*/false);
  if (!outcome.ok()) child->set_stopped();
  co_return started_child(std::move(outcome));
}

Result<void> Supervisor::handle(DeleteChild message) {
  Child* child = find(message.id);
  if (child == nullptr) return fail(Errc::not_found, message.id);
  if (child->state() == ChildState::running) return fail(Errc::running, message.id);
  if (child->state() == ChildState::restarting) return fail(Errc::restarting, message.id);
  forget(*child);
  return {};
}

Task<Result<void>> Supervisor::handle(TerminateChild message) {
  Child* child = find_key(message.child);
  if (child == nullptr) co_return fail(Errc::not_found);
  if (child->state() == ChildState::restarting) cancel_group_start();
  co_await child->stop(actors::kForever);
  settle_down(*child);
  co_return Result<void>();
}

Task<Result<void>> Supervisor::handle(CycleChild message) {
  Child* child = find_key(message.child);
  if (child == nullptr) co_return fail(Errc::not_found);
  if (child->is_temporary()) {
    co_return fail(Errc::invalid_argument, child->id() + " is temporary: it can only be stopped");
  }
  // A group stops in its own order, this child with it.
  if (!restarts_in_groups()) co_await child->stop(actors::kForever);
  co_await restart_now(child);
  if (child->state() == ChildState::running) co_return Result<void>();
  co_return fail(Errc::start_failed, child->id() + " did not come up again");
}

std::vector<ChildInfo> Supervisor::handle(WhichChildren /*message*/) { return children_.list(); }

ChildCounts Supervisor::handle(CountChildren /*message*/) { return children_.counts(); }

Result<ChildSpec> Supervisor::handle(GetChildSpec message) {
  const Child* child = find(message.id);
  if (child == nullptr) return fail(Errc::not_found, message.id);
  ChildSpec spec = child->spec();
  spec.shutdown = spec.effective_shutdown();
  return spec;
}

Result<void> Supervisor::handle(Reconfigure message) {
  if (auto valid = check(message.flags); !valid) return valid;
  if (auto valid = check(message.children, message.flags.auto_shutdown); !valid) return valid;
  for (const auto& spec : message.children) {
    const Child* existing = find(spec.id);
    if (existing != nullptr && existing->spec().type != spec.type) {
      return fail(Errc::invalid_argument, "invalid_child_type: " + spec.id + " exists as a " +
                                              std::string(to_string(existing->spec().type)));
    }
  }
  flags_ = message.flags;
  restarts_.change(flags_.intensity);
  for (auto& spec : message.children) {
    if (Child* existing = find(spec.id)) {
      existing->replace_spec(std::move(spec));
    } else {
      add(std::move(spec)).set_stopped();
    }
  }
  return {};
}

void Supervisor::handle(const actors::Info& info) { report_unexpected(cell(), info); }

Child* Supervisor::find_key(const ChildKey& key) noexcept {
  if (const auto* id = std::get_if<std::string>(&key)) return find(*id);
  const auto* place = std::get_if<std::shared_ptr<const actors::Place>>(&key);
  return place != nullptr ? children_.find(*place) : nullptr;
}

}  // namespace coppice::supervisor
