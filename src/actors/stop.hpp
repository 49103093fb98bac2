#pragma once

#include <cstdint>

#include "actors/exit_reason.hpp"
#include "actors/pid.hpp"
#include "actors/task.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

/// What to do when an actor has not ended in time.
enum class OnTimeout : std::uint8_t { kill, give_up };

/// Tells an actor to stop and waits until it has: a supervisor's way to end a child.
///
/// After @p timeout the actor is killed and waited for, or left alone. One that blocks its own
/// thread even then is abandoned, see Runtime::abandon(); any other is waited for without limit.
/// Returns the reason with which it ended; that of a child that had ended before is known as long
/// as its ChildExit waits in the stopper's mailbox, which then is not delivered. Otherwise
/// `noproc`. Watching by monitor, not by link, so that an actor that unlinked itself can't hang its
/// stopper.
///
/// Thread: an actor's shard. Cancel: not interrupted; the timeout bounds it.
Task<ExitReason> stop_and_wait(Pid pid, ExitReason reason, Duration timeout, OnTimeout on_timeout);

/// Kills an actor and waits until it has gone, or has been abandoned.
Task<ExitReason> kill_and_wait(Pid pid, ExitReason reason);

}  // namespace coppice::actors
