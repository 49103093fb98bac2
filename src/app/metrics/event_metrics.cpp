#include "app/metrics/event_metrics.hpp"

#include <algorithm>
#include <string>

#include "app/metrics/family.hpp"

namespace coppice::app::metrics {
namespace {

using enum actors::EventKind;

constexpr std::array kCounted = {
    actor_crash,      sup_restart,      sup_start_error, sup_gave_up,  sup_shutdown_error,
    mailbox_overflow, mailbox_age,      call_timeout,    call_expired, handler_slow,
    core_stalled,     zombie_add,       zombie_reap,     limit_memory, registry_conflict,
    backoff_wait,     blocking_overdue, io_crash,
};

}  // namespace

EventMetrics::EventMetrics(actors::EventBus& events)
    : subscription_(events.attach(
          [counts = counts_](const actors::Event& event) {
            // One crash of a channel may stand for those that were not reported.
            const bool is_crash = event.kind == actor_crash;
            const auto many = is_crash ? std::max<std::uint64_t>(event.value, 1) : 1;
            counts->at(static_cast<std::size_t>(event.kind))
                .fetch_add(many, std::memory_order_relaxed);
          },
          {actor_crash, sup_restart, sup_start_error, sup_gave_up, sup_shutdown_error,
           mailbox_overflow, mailbox_age, call_timeout, call_expired, handler_slow, core_stalled,
           zombie_add, zombie_reap, limit_memory, registry_conflict, backoff_wait, blocking_overdue,
           io_crash})) {}

std::vector<prometheus::MetricFamily> EventMetrics::Collect() const {
  auto events = family("coppice_runtime_events_total", "What the runtime has reported, by kind",
                       prometheus::MetricType::Counter);
  for (const auto kind : kCounted) {
    const auto& count = counts_->at(static_cast<std::size_t>(kind));
    add_counter(events, {{"kind", std::string(to_string(kind))}},
                static_cast<double>(count.load(std::memory_order_relaxed)));
  }
  return {std::move(events)};
}

}  // namespace coppice::app::metrics
