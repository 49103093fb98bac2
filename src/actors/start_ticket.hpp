#pragma once

#include <atomic>
#include <memory>

#include "actors/pid.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"

namespace coppice::actors {

/// Lets a starter that has been told to stop reach the actor it is starting, wherever that is.
///
/// Each side writes its own flag before it reads the other's, so at least one of them sees both.
///
/// Thread: any.
class StartTicket {
 public:
  /// The starter gives up.
  void cancel(Shard& from) noexcept {
    cancelled_.store(true, std::memory_order_seq_cst);
    kill_if_both(from);
  }

  /// The actor, once it exists.
  [[nodiscard]] Pid pid() const noexcept {
    return Pid::from_bits(pid_.load(std::memory_order_seq_cst));
  }

  /// The actor exists from now on.
  void created(Shard& on, Pid pid) noexcept {
    pid_.store(pid.bits(), std::memory_order_seq_cst);
    kill_if_both(on);
  }

 private:
  void kill_if_both(Shard& shard) noexcept {
    const Pid started = pid();
    if (!started || !cancelled_.load(std::memory_order_seq_cst)) return;
    shard.send_signal(std::make_unique<KillEnvelope>(started, ExitReason::killed()));
  }

  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> pid_{0};
};

}  // namespace coppice::actors
