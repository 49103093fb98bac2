#pragma once

#include <any>

#include "actors/exit_reason.hpp"
#include "actors/pid.hpp"
#include "actors/reply.hpp"

namespace coppice::actors {

/// How starting an actor ended. Whatever it says, it is final: a failed actor is completely gone
/// and its name is free before anyone hears of it.
struct StartOutcome {
  enum class Kind : std::uint8_t { ok, ignored, failed, already_started };

  Kind kind = Kind::failed;
  Pid pid{};            ///< the new actor, or for already_started the name's owner
  std::any info{};      ///< what Init::ok carried
  ExitReason reason{};  ///< why it failed

  [[nodiscard]] bool ok() const noexcept { return kind == Kind::ok; }
};

/// An actor whose starter has gone in the meantime is told to stop.
void on_undelivered(ReplySink& sink, Result<StartOutcome>& result) noexcept;

}  // namespace coppice::actors
