#pragma once

#include <string_view>

#include "actors/cell.hpp"
#include "actors/exit_reason.hpp"
#include "actors/signals.hpp"
#include "actors/start.hpp"
#include "supervisor/child.hpp"

namespace coppice::supervisor {

// What supervisors tell the event bus. Thread: the reporting supervisor's shard.

void report_progress(const Child& child);
void report_start_error(const Child& child, const actors::StartOutcome& outcome);
/// @param decision  "restart", "stop", "forget".
void report_terminated(const Child& child, actors::Pid pid, const actors::ExitReason& reason,
                       std::string_view decision);
/// How the stop of a child by its supervisor went.
struct StopCourse {
  Duration took;
  Duration patience;  ///< what it had, its own and its supervisor's
  bool expected;      ///< it ended with a reason that is fine for a stop
};
/// After a stop by the supervisor: `sup.shutdown_error` unless it was expected, and a note when the
/// child used more than half of its time.
void report_stopped(const Child& child, actors::Pid pid, const actors::ExitReason& reason,
                    const StopCourse& course);
void report_restart(const Child& child, std::string_view strategy, std::size_t affected);
void report_backoff(const Child& child, Duration delay);
void report_gave_up(const Child& child, std::string_view why, std::size_t restarts);
void report_auto_shutdown(const Child& child);
/// A supervisor ended cleanly and nobody starts it again: a subtree is silently gone.
void report_unrestarted_supervisor(const Child& child, const actors::ExitReason& reason);
/// A message that is no order.
void report_unexpected(const actors::Cell& supervisor, const actors::Info& info);

}  // namespace coppice::supervisor
