#include "app/metrics/actor_metrics.hpp"

#include <chrono>

#include "actors/place.hpp"
#include "app/metrics/family.hpp"

namespace coppice::app::metrics {
namespace {

using actors::Place;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct ActorFamilies {
  MetricFamily up = family("coppice_actor_up", "1 while an incarnation lives", MetricType::Gauge);
  MetricFamily incarnation =
      family("coppice_actor_incarnation", "Counts the incarnations of a place", MetricType::Gauge);
  MetricFamily restarts =
      family("coppice_actor_restarts_total", "Restarts by the supervisor", MetricType::Counter);
  MetricFamily mailbox =
      family("coppice_actor_mailbox_messages", "Messages that wait", MetricType::Gauge);
  MetricFamily most = family("coppice_actor_mailbox_messages_max",
                             "The most that have waited for this incarnation", MetricType::Gauge);
  MetricFamily handled = family("coppice_actor_messages_handled_total",
                                "Messages that this incarnation has handled", MetricType::Counter);
  MetricFamily busy =
      family("coppice_actor_busy_seconds_total",
             "Time that this incarnation has spent in handlers, estimated", MetricType::Counter);
  MetricFamily children =
      family("coppice_supervisor_children", "Children of a dynamic supervisor", MetricType::Gauge);
};

void add(ActorFamilies& to, const actors::Runtime& runtime, const Place& place) {
  const auto snapshot = place.snapshot();
  const Labels labels{{"path", snapshot.path}};
  add_gauge(to.up, labels, snapshot.pid ? 1 : 0);
  add_gauge(to.incarnation, labels, static_cast<double>(snapshot.epoch));
  add_counter(to.restarts, labels, static_cast<double>(snapshot.restarts));
  if (const auto stats = runtime.stats(snapshot.pid)) {
    add_gauge(to.mailbox, labels, stats->mailbox_depth);
    add_gauge(to.most, labels, stats->mailbox_high_water);
    add_counter(to.handled, labels, static_cast<double>(stats->handled));
    add_counter(to.busy, labels, std::chrono::duration<double>(stats->busy).count());
  }
  if (snapshot.kind == Place::Kind::dynamic_supervisor) {
    add_gauge(to.children, labels, static_cast<double>(place.child_count()));
    return;
  }
  for (const auto& child : place.children()) add(to, runtime, *child);
}

}  // namespace

std::vector<MetricFamily> ActorMetrics::Collect() const {
  ActorFamilies families;
  add(families, runtime_, *runtime_.root());
  return {std::move(families.up),       std::move(families.incarnation),
          std::move(families.restarts), std::move(families.mailbox),
          std::move(families.most),     std::move(families.handled),
          std::move(families.busy),     std::move(families.children)};
}

}  // namespace coppice::app::metrics
