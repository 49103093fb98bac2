#include "supervisor/child.hpp"

#include <algorithm>
#include <cmath>

#include "actors/shard.hpp"
#include "actors/spawn.hpp"
#include "actors/stop.hpp"
#include "supervisor/reports.hpp"

namespace coppice::supervisor {

using actors::ExitReason;
using actors::Shard;
using actors::StartOutcome;
using actors::Task;

namespace {

// In floating point, where nothing overflows: whatever the spec says, the delay has an upper bound.
Duration delay_of(const Backoff& backoff, std::uint32_t failures, std::mt19937_64& random) {
  if (backoff.min == Duration::zero()) return Duration::zero();
  constexpr double kLongest = 1e18;  // ns, thirty years
  const double growth = std::pow(backoff.factor, static_cast<double>(failures - 1));
  const double wanted = std::min(static_cast<double>(backoff.max.count()),
                                 static_cast<double>(backoff.min.count()) * growth);
  std::uniform_real_distribution<double> jitter(0.0, backoff.jitter);
  return Duration(static_cast<std::int64_t>(std::min(wanted * (1.0 + jitter(random)), kLongest)));
}

}  // namespace

Child::Child(Serial serial, ChildSpec spec, std::shared_ptr<actors::Place> place, StopRules rules)
    : serial_(serial),
      spec_(std::make_shared<ChildSpec>(std::move(spec))),
      place_(std::move(place)),
      rules_(rules) {}

Task<StartOutcome> Child::start(bool counts_as_restart) {
  place_->starting(counts_as_restart);
  actors::SpawnOptions options = spec_->options;
  options.place = place_;
  StartOutcome outcome = co_await actors::start_actor(spec_->start, std::move(options));
  if (outcome.ok()) {
    started_at_ = Shard::current()->now();
    pid_ = latest_pid_ = outcome.pid;
    state_ = State::running;
    report_progress(*this);
  } else if (outcome.kind != StartOutcome::Kind::ignored) {
    report_start_error(*this, outcome);
  }
  co_return outcome;
}

Task<void> Child::stop(Duration budget) {
  if (state_ != State::running) co_return;
  place_->stopping();
  const Shutdown shutdown = spec_->effective_shutdown();
  const Time began = Shard::current()->now();
  const Duration patience = std::min(shutdown.patience(), budget);
  const actors::Pid pid = std::exchange(pid_, {});
  ExitReason reason;
  if (shutdown.is_brutal()) {
    reason = co_await actors::kill_and_wait(pid, ExitReason::killed());
  } else {
    reason = co_await actors::stop_and_wait(pid, ExitReason::shutdown(), patience,
                                            actors::OnTimeout::kill);
  }
  report_stopped(
      *this, pid, reason,
      {.took = Shard::current()->now() - began, .patience = patience, .expected = accepts(reason)});
}

bool Child::accepts(const ExitReason& reason) const noexcept {
  using enum ExitReason::Kind;
  const bool dynamic = rules_ == StopRules::dynamic;
  const bool in_order = reason.kind() == shutdown && (dynamic || reason.text().empty());
  const bool clean = reason.is_clean() && spec_->restart != Restart::permanent;
  // It had ended before, and that has been reported.
  if (reason.kind() == noproc) return true;
  if (spec_->effective_shutdown().is_brutal()) {
    return reason.kind() == killed || (clean && !dynamic);
  }
  return in_order || clean;
}

void Child::ended() {
  const Duration lived = Shard::current()->now() - started_at_;
  // Callers that wait for the next incarnation must not go on asking this one meanwhile.
  set_awaiting_start();
  if (spec_->backoff && lived >= spec_->backoff->reset_after) failures_in_a_row_ = 0;
}

void Child::set_stopped() {
  pid_ = {};
  state_ = State::stopped;
  new_attempt();
  place_->stopped();
}

void Child::set_restarting(std::optional<Time> next_attempt_at) {
  pid_ = {};
  state_ = State::restarting;
  place_->restarting(next_attempt_at);
}

void Child::set_awaiting_start() {
  pid_ = {};
  state_ = State::stopped;
  place_->restarting(std::nullopt);
}

void Child::remove() { place_->remove(); }

void Child::replace_spec(ChildSpec spec) {
  spec_ = std::make_shared<ChildSpec>(std::move(spec));
  place_->describe(spec_->describe());
  if (needs_no_start()) spec_->start = nullptr;
}

bool Child::needs_no_start() const noexcept { return is_temporary() && state_ == State::running; }

void Child::slim(CommonSpecs& common) {
  if (!needs_no_start() || !spec_->start) return;
  spec_->start = nullptr;
  spec_ = common.shared(std::move(spec_));
}

std::optional<Duration> Child::next_delay(std::mt19937_64& random) {
  if (!spec_->backoff) return Duration::zero();
  const Backoff& backoff = *spec_->backoff;
  ++failures_in_a_row_;
  if (backoff.max_consecutive && failures_in_a_row_ > *backoff.max_consecutive) {
    return std::nullopt;
  }
  return delay_of(backoff, failures_in_a_row_, random);
}

}  // namespace coppice::supervisor
