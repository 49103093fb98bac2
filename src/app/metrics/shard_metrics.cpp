#include "app/metrics/shard_metrics.hpp"

#include <string>

#include "actors/blocking_pool.hpp"
#include "actors/shard.hpp"
#include "app/metrics/families.hpp"
#include "app/metrics/shard_load.hpp"

namespace coppice::app::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

Labels label_of(std::size_t shard) { return {{"shard", std::to_string(shard)}}; }

}  // namespace

std::vector<MetricFamily> ShardMetrics::Collect() const {
  auto cpu =
      family("coppice_shard_cpu_seconds_total", "CPU time of its thread", MetricType::Counter);
  auto lag = family("coppice_shard_lag_seconds",
                    "How long it took, or takes already, to come to what was put before it last",
                    MetricType::Gauge);
  auto living = family("coppice_shard_actors", "Actors that live there", MetricType::Gauge);
  auto waiting =
      family("coppice_shard_mailbox_messages", "Messages that wait for them", MetricType::Gauge);
  auto late = family("coppice_shard_late_replies_total",
                     "Answers to calls that nobody waited for any more", MetricType::Counter);
  auto zombies = family("coppice_shard_zombies",
                        "Actors that have been given up and have not ended", MetricType::Gauge);
  actors::Histogram::Reading lags;
  const auto loads = loads_of(runtime_);
  for (std::uint32_t i = 0; i < runtime_.shard_count(); ++i) {
    const auto& shard = runtime_.shard(i);
    if (const auto used = cpu_seconds(shard)) add_counter(cpu, label_of(i), *used);
    add_gauge(lag, label_of(i), lag_->now(i));
    add_gauge(living, label_of(i), static_cast<double>(loads[i].actors));
    add_gauge(waiting, label_of(i), static_cast<double>(loads[i].messages));
    add_counter(late, label_of(i), static_cast<double>(shard.late_replies()));
    add_gauge(zombies, label_of(i), static_cast<double>(shard.zombies()));
    lags.add(lag_->all(i));
  }
  Families families;
  families.histogram("coppice_shard_lag_distribution_seconds",
                     "The same of all shards, asked four times a second while they are at work",
                     lags);
  families.gauge("coppice_runtime_stuck_threads",
                 "Threads of abandoned actors that have not come back",
                 static_cast<double>(runtime_.stuck_threads()));
  const auto blocking = runtime_.blocking_pool().stats();
  families.gauge("coppice_blocking_jobs_queued", "Jobs that wait for a thread that may block",
                 static_cast<double>(blocking.queued));
  families.gauge("coppice_blocking_jobs_running", "Jobs at work on such threads",
                 static_cast<double>(blocking.running));
  for (auto* each : {&cpu, &lag, &living, &waiting, &late, &zombies}) {
    families.add(std::move(*each));
  }
  return families.take();
}

}  // namespace coppice::app::metrics
