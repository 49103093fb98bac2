#include "supervisor/reports.hpp"

#include "actors/runtime.hpp"
#include "actors/shard.hpp"

namespace coppice::supervisor {

using actors::Event;
using actors::EventKind;

namespace {

void emit(const Child& child, Event event) {
  const actors::Cell* supervisor = actors::Shard::current_cell();
  event.other = supervisor->pid();
  event.path = child.place()->path();
  event.type = child.id();
  supervisor->shard().runtime().events().emit(event);
}

}  // namespace

void report_progress(const Child& child) {
  emit(child, {.kind = EventKind::sup_progress, .pid = child.pid()});
}

void report_start_error(const Child& child, const actors::StartOutcome& outcome) {
  const auto why = actors::pid_of(outcome);
  emit(child, {.kind = EventKind::sup_start_error,
               .detail = why ? std::string_view() : std::string_view(why.error().context),
               .reason = &outcome.reason});
}

void report_terminated(const Child& child, actors::Pid pid, const actors::ExitReason& reason,
                       std::string_view decision) {
  emit(
      child,
      {.kind = EventKind::sup_child_terminated, .pid = pid, .detail = decision, .reason = &reason});
}

void report_stopped(const Child& child, actors::Pid pid, const actors::ExitReason& reason,
                    const StopCourse& course) {
  if (!course.expected) {
    emit(child, {.kind = EventKind::sup_shutdown_error,
                 .pid = pid,
                 .duration = course.took,
                 .reason = &reason});
    return;
  }
  const Duration took = course.took;
  const bool slow = !child.spec().effective_shutdown().is_brutal() && took > course.patience / 2 &&
                    took > Duration::zero();
  if (!slow) return;
  emit(child, {.kind = EventKind::sup_shutdown,
               .pid = pid,
               .detail = "used more than half of its time",
               .duration = took,
               .reason = &reason});
}

void report_restart(const Child& child, std::string_view strategy, std::size_t affected) {
  emit(child, {.kind = EventKind::sup_restart, .detail = strategy, .value = affected});
}

void report_backoff(const Child& child, Duration delay) {
  emit(child, {.kind = EventKind::backoff_wait, .duration = delay});
}

void report_gave_up(const Child& child, std::string_view why, std::size_t restarts) {
  emit(child, {.kind = EventKind::sup_intensity, .detail = why, .value = restarts});
  emit(child, {.kind = EventKind::sup_gave_up, .detail = why, .value = restarts});
}

void report_auto_shutdown(const Child& child) {
  emit(child, {.kind = EventKind::sup_auto_shutdown});
}

void report_unrestarted_supervisor(const Child& child, const actors::ExitReason& reason) {
  emit(child, {.kind = EventKind::sup_unrestarted_supervisor, .reason = &reason});
}

void report_unexpected(const actors::Cell& supervisor, const actors::Info& info) {
  supervisor.shard().runtime().events().emit({.kind = EventKind::sup_unexpected_message,
                                              .pid = supervisor.pid(),
                                              .other = info.from,
                                              .path = supervisor.path(),
                                              .type = info.type_name});
}

}  // namespace coppice::supervisor
