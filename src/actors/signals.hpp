#pragma once

#include <any>
#include <cstdint>
#include <string_view>

#include "actors/exit_reason.hpp"
#include "actors/pid.hpp"

namespace coppice::actors {

/// Identifies one monitor() or one timer of an actor.
enum class MonitorId : std::uint64_t {};
enum class TimerId : std::uint64_t {};

/// A monitored actor has ended, or had ended before (`noproc`). Exactly one per monitor.
struct Down {
  MonitorId monitor;
  Pid pid;
  ExitReason reason;
};

/// A linked actor has ended. Only actors that trap exits receive it as a message.
struct Exit {
  Pid pid;
  ExitReason reason;
};

/// A child that this actor started has ended. Supervisors decide by it.
struct ChildExit {
  Pid pid;
  ExitReason reason;
};

/// Nothing came in for as long as the actor had asked with idle_timeout().
struct IdleTimeout {};

/// A message without a contract: sent to an actor whose type the sender doesn't know.
struct Info {
  Pid from;
  std::any value;
  std::string_view type_name;  ///< static
};

}  // namespace coppice::actors
