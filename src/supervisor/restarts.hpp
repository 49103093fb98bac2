#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

#include "actors/exit_reason.hpp"
#include "supervisor/child.hpp"
#include "supervisor/restart_window.hpp"

namespace coppice::supervisor {

/// What a supervisor sends itself to start a child again, so that orders and its own end get in
/// between two attempts.
struct Retry {
  Child::Serial child{};
  std::uint64_t attempt = 0;  ///< if it isn't the child's latest, something else has happened
  bool waited = false;        ///< the back-off is over; the failure itself has been judged
};

/// Whether a child that ended with @p reason is started again.
[[nodiscard]] bool is_restarted(const Child& child, const actors::ExitReason& reason) noexcept;

/// Decides when failed children are started again: the same for every kind of supervisor.
///
/// Thread: the supervisor's shard.
class Restarts {
 public:
  struct Verdict {
    enum class Kind : std::uint8_t { now, later, give_up };
    Kind kind = Kind::now;
    Duration delay{};        ///< until later
    std::string_view why{};  ///< why the supervisor gives up
  };

  explicit Restarts(Intensity limit) noexcept : window_(limit) {}

  /// @p child has ended, or a restart of it has failed.
  [[nodiscard]] Verdict judge_failure(Child& child, Time now);
  /// The latest attempt to start @p child is due.
  [[nodiscard]] Verdict judge_retry(Child& child, const Retry& retry, Time now);

  /// Restarts that still count at @p now.
  [[nodiscard]] std::size_t count(Time now) { return window_.count(now); }
  /// New limits; what has been counted stays.
  void change(Intensity limit) noexcept { window_.change(limit); }

 private:
  [[nodiscard]] Verdict judge_attempt(Time now);

  RestartWindow window_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace coppice::supervisor
