#include "actors/stop.hpp"

#include "actors/exit_watch.hpp"
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

}  // namespace

Task<ExitReason> stop_and_wait(Pid pid, ExitReason reason, Duration timeout, OnTimeout on_timeout) {
  ExitWatch watch(pid);
  Shard& shard = *Shard::current();
  shard.send_signal(
      std::make_unique<StopEnvelope>(pid, std::move(reason), deadline_after(shard.now(), timeout)));
  auto ended = co_await watch.wait(timeout, ExitWatch::Interrupt::no);
  if (!ended && on_timeout == OnTimeout::kill) {
    Shard::current()->send_signal(std::make_unique<KillEnvelope>(pid, ExitReason::killed()));
    ended = co_await watch.wait(kForever, ExitWatch::Interrupt::no);
  }
  co_return reason_of_end(pid, std::move(ended));
}

Task<ExitReason> kill_and_wait(Pid pid, ExitReason reason) {
  ExitWatch watch(pid);
  Shard::current()->send_signal(std::make_unique<KillEnvelope>(pid, std::move(reason)));
  co_return reason_of_end(pid, co_await watch.wait(kForever, ExitWatch::Interrupt::no));
}

}  // namespace coppice::actors
