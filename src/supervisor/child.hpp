#pragma once

#include <memory>
#include <optional>
#include <random>

#include "actors/exit_reason.hpp"
#include "actors/place.hpp"
#include "actors/start.hpp"
#include "actors/task.hpp"
#include "supervisor/child_spec.hpp"
#include "supervisor/common_specs.hpp"

namespace coppice::supervisor {

/// What a child slot is doing.
enum class ChildState : std::uint8_t { running, stopped, restarting };

/// Whose rules say with which reasons a child may end when it is told to: those of OTP's supervisor
/// or those of Elixir's DynamicSupervisor.
enum class StopRules : std::uint8_t { fixed, dynamic };

/// One child slot of a supervisor: its spec, its place in the tree, and the incarnation in it.
///
/// Thread: the supervisor's shard.
class Child {
 public:
  using State = ChildState;
  /// Numbers a supervisor's children in the order in which they were added; never reused.
  using Serial = std::uint64_t;

  Child(Serial serial, ChildSpec spec, std::shared_ptr<actors::Place> place, StopRules rules);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] Serial serial() const noexcept { return serial_; }

  [[nodiscard]] const ChildSpec& spec() const noexcept { return *spec_; }
  [[nodiscard]] const std::string& id() const noexcept { return spec_->id; }
  [[nodiscard]] State state() const noexcept { return state_; }
  /// The incarnation that runs; none if none does.
  [[nodiscard]] actors::Pid pid() const noexcept { return pid_; }
  /// The latest incarnation, which may have ended.
  [[nodiscard]] actors::Pid latest_pid() const noexcept { return latest_pid_; }
  [[nodiscard]] const std::shared_ptr<actors::Place>& place() const noexcept { return place_; }
  [[nodiscard]] bool is_temporary() const noexcept { return spec_->restart == Restart::temporary; }
  [[nodiscard]] bool is_supervisor() const noexcept { return spec_->type != ChildType::worker; }

  /// Starts an incarnation and waits for it. On success the child runs; otherwise its state is
  /// left to the caller.
  actors::Task<actors::StartOutcome> start(bool counts_as_restart);

  /// Stops the incarnation as the spec says, within @p budget, and waits until it is gone. The
  /// reason with which it ended is reported if it is not what it should be. Not running: nothing.
  actors::Task<void> stop(Duration budget);

  /// The incarnation has ended by itself.
  void ended();

  void set_stopped();
  void set_restarting(std::optional<Time> next_attempt_at);
  /// Stopped for now: it comes back with its group, or with its supervisor.
  void set_awaiting_start();
  /// Takes the place out of the tree.
  void remove();
  void replace_spec(ChildSpec spec);

  /// Forgets what it starts if that won't be needed again: temporary children may be many, and
  /// their start arguments large. Shares the rest with others.
  void slim(CommonSpecs& common);

  /// The delay before the next attempt to start it; zero without back-off. Nothing if the spec's
  /// max_consecutive is used up.
  [[nodiscard]] std::optional<Duration> next_delay(std::mt19937_64& random);

  /// Numbers the next attempt to start it, so that a retry that has been overtaken is recognised.
  std::uint64_t new_attempt() noexcept { return ++attempt_; }
  /// Whether that attempt is still due.
  [[nodiscard]] bool awaits(std::uint64_t attempt) const noexcept {
    return state_ == State::restarting && attempt_ == attempt;
  }

 private:
  [[nodiscard]] bool needs_no_start() const noexcept;
  [[nodiscard]] bool accepts(const actors::ExitReason& reason) const noexcept;

  const Serial serial_;
  std::shared_ptr<ChildSpec> spec_;  // shared with others only by slim(), and not changed then
  std::shared_ptr<actors::Place> place_;
  const StopRules rules_;
  State state_ = State::stopped;
  actors::Pid pid_;
  actors::Pid latest_pid_;
  Time started_at_;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint64_t attempt_ = 0;
};

}  // namespace coppice::supervisor
