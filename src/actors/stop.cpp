#include "actors/stop.hpp"

#include "actors/exit_watch.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"

namespace coppice::actors {
namespace {

ExitReason reason_of_end(Pid pid, Result<ExitReason> seen) {
  if (!seen) return ExitReason::of(ExitReason::Kind::abandoned);
  if (seen->kind() == ExitReason::Kind::noproc) {
    if (auto earlier = Shard::current_cell()->take_child_exit(pid)) return std::move(*earlier);
  }
  return std::move(*seen);
}

// The kill is a message, so an actor that blocks its thread does not hear of it.
Task<ExitReason> kill_watched(Pid pid, ExitReason reason, ExitWatch* watch) {
  Runtime& runtime = Shard::current()->runtime();
  Shard::current()->send_signal(std::make_unique<KillEnvelope>(pid, std::move(reason)));
  auto ended = co_await watch->wait(runtime.options().kill_grace, ExitWatch::Interrupt::no);
  if (!ended) {
    if (runtime.abandon(pid)) co_return ExitReason::of(ExitReason::Kind::abandoned);
    ended = co_await watch->wait(kForever, ExitWatch::Interrupt::no);
  }
  co_return reason_of_end(pid, std::move(ended));
}

}  // namespace

Task<ExitReason> stop_and_wait(Pid pid, ExitReason reason, Duration timeout, OnTimeout on_timeout) {
  ExitWatch watch(pid);
  Shard& shard = *Shard::current();
  shard.send_signal(
      std::make_unique<StopEnvelope>(pid, std::move(reason), deadline_after(shard.now(), timeout)));
  auto ended = co_await watch.wait(timeout, ExitWatch::Interrupt::no);
  if (!ended && on_timeout == OnTimeout::kill) {
    co_return co_await kill_watched(pid, ExitReason::killed(), &watch);
  }
  co_return reason_of_end(pid, std::move(ended));
}

Task<ExitReason> kill_and_wait(Pid pid, ExitReason reason) {
  ExitWatch watch(pid);
  co_return co_await kill_watched(pid, std::move(reason), &watch);
}

}  // namespace coppice::actors
