#include "app/metrics/shard_lag.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "actors/telemetry.hpp"
#include "app/metrics/shard_load.hpp"

namespace coppice::app::metrics {
namespace {

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

constexpr double kMeasured = 1;  // in seconds
// Less is what timers and questions take.
constexpr double kRestingShare = 0.01;
// Intervals between looks while all seem to rest, and between questions to one that rests.
constexpr int kIdleLooks = 4;
constexpr int kIdleFactor = 20;
// One that seems to rest may be held by what Asio runs, and then nobody rings.
constexpr auto kLongestRest = std::chrono::minutes(1);

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

}  // namespace

ShardLag::ShardLag(actors::Runtime& runtime, std::chrono::milliseconds interval)
    : runtime_(runtime) {
  for (std::uint32_t i = 0; i < runtime.shard_count(); ++i) {
    probes_.push_back(std::make_shared<Probe>());
  }
  if constexpr (!actors::kTelemetry) return;
  thread_ = std::jthread([this, interval](const std::stop_token& stop) { run(stop, interval); });
}

void ShardLag::run(const std::stop_token& stop, std::chrono::milliseconds interval) {
  std::unique_lock lock(mutex_);
  begin_to_measure();
  while (!stop.stop_requested()) {
    bool is_idle = true;
    for (std::uint32_t i = 0; i < probes_.size(); ++i) {
      if (look_at(i, kIdleFactor * interval)) is_idle = false;
    }
    measure_if_due();
    have_rested_ = have_rested_ && is_idle;
    if (have_rested_ && sleep_while_all_rest(stop)) {
      have_rested_ = false;
      begin_to_measure();
    } else {
      stopped_.wait_for(lock, stop, is_idle ? kIdleLooks * interval : interval,
                        [] { return false; });
    }
  }
}

// A shard that stirs after it was listened for is heard; one that did before is seen.
bool ShardLag::sleep_while_all_rest(const std::stop_token& stop) {
  const auto heard_before = runtime_.bell().listen();
  for (std::uint32_t i = 0; i < probes_.size(); ++i) {
    const bool answers = probes_[i]->asked_at.load(std::memory_order_acquire) == 0;
    if (!answers || !runtime_.shard(i).resting()) return false;
  }
  runtime_.bell().wait_for(heard_before, kLongestRest, stop);
  return true;
}

bool ShardLag::look_at(std::uint32_t index, std::chrono::nanoseconds idle_pause) {
  auto& probe = *probes_[index];
  const auto& shard = runtime_.shard(index);
  const auto now = nanoseconds_now();
  const auto used = cpu_seconds(shard).value_or(0);
  const double share = (used - std::exchange(probe.cpu_at_look, used)) /
                       seconds(now - std::exchange(probe.looked_at, now));
  const bool rests = share < kRestingShare && shard.resting();
  // It may only seem to rest: what Asio runs after a wait can't be told from the wait.
  const bool is_due = now - probe.asked_last >= idle_pause.count();
  if (!rests || is_due) ask(index);
  return !rests;
}

void ShardLag::ask(std::uint32_t shard) {
  const auto& probe = probes_[shard];
  if (probe->asked_at.load(std::memory_order_acquire) != 0) return;
  probe->asked_last = nanoseconds_now();
  probe->asked_at.store(probe->asked_last, std::memory_order_release);
  boost::asio::post(runtime_.shard(shard).io(), [probe] {
    const auto took = nanoseconds_now() - probe->asked_at.load(std::memory_order_relaxed);
    probe->seconds.add(seconds(took));
    probe->last.store(took, std::memory_order_relaxed);
    probe->asked_at.store(0, std::memory_order_release);
  });
}

void ShardLag::begin_to_measure() {
  for (std::uint32_t i = 0; i < probes_.size(); ++i) {
    probes_[i]->cpu_before = cpu_seconds(runtime_.shard(i)).value_or(0);
  }
  measured_at_ = nanoseconds_now();
}

void ShardLag::measure_if_due() {
  const double elapsed = seconds(nanoseconds_now() - measured_at_);
  if (elapsed < kMeasured) return;
  have_rested_ = true;
  for (std::uint32_t i = 0; i < probes_.size(); ++i) {
    auto& probe = *probes_[i];
    const auto used = cpu_seconds(runtime_.shard(i)).value_or(0);
    const double share = (used - probe.cpu_before) / elapsed;
    probe.busy.store(std::clamp(share, 0.0, 1.0), std::memory_order_relaxed);
    if (share >= kRestingShare) have_rested_ = false;
  }
  begin_to_measure();
}

double ShardLag::overdue(std::size_t shard) const {
  const auto asked_at = probes_.at(shard)->asked_at.load(std::memory_order_acquire);
  return asked_at == 0 ? 0 : seconds(nanoseconds_now() - asked_at);
}

double ShardLag::busy(std::size_t shard) const {
  return probes_.at(shard)->busy.load(std::memory_order_relaxed);
}

double ShardLag::now(std::size_t shard) const {
  const auto& probe = *probes_.at(shard);
  const auto last = probe.last.load(std::memory_order_relaxed);
  const auto asked_at = probe.asked_at.load(std::memory_order_acquire);
  return seconds(asked_at == 0 ? last : std::max(last, nanoseconds_now() - asked_at));
}

actors::Histogram::Reading ShardLag::all(std::size_t shard) const {
  return probes_.at(shard)->seconds.read();
}

}  // namespace coppice::app::metrics
