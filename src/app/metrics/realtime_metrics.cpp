#include "app/metrics/realtime_metrics.hpp"

#include <array>
#include <string>

#include "app/metrics/families.hpp"
#include "net/websocket/session.hpp"

namespace coppice::app::metrics {
namespace {

using net::channels::kCloseCauses;
using net::channels::kTransports;
using net::channels::Traffic;
using net::channels::Transport;
using prometheus::MetricType;

double value_of(const std::atomic<std::uint64_t>& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

/// The sum over all shards of what @p get picks.
template <class Get>
double sum(const net::channels::SocketRegister& sockets, Get get) {
  double total = 0;
  for (std::size_t i = 0; i < sockets.shards(); ++i) {
    total += value_of(get(sockets.shard(i)->traffic));
  }
  return total;
}

void add_sockets(Families& to, const net::channels::SocketRegister& sockets) {
  auto open = family("coppice_sockets", "Sockets that are open", MetricType::Gauge);
  auto opened =
      family("coppice_sockets_opened_total", "Sockets that have been opened", MetricType::Counter);
  auto closed =
      family("coppice_sockets_closed_total", "Sockets that are over, by why", MetricType::Counter);
  for (std::size_t transport = 0; transport < kTransports; ++transport) {
    const std::string name(to_string(static_cast<Transport>(transport)));
    const auto begun =
        sum(sockets, [&](const Traffic& one) -> auto& { return one.opened.at(transport); });
    const auto ended =
        sum(sockets, [&](const Traffic& one) -> auto& { return one.ended.at(transport); });
    add_gauge(open, {{"transport", name}}, begun - ended);
    add_counter(opened, {{"transport", name}}, begun);
    for (std::size_t cause = 0; cause < kCloseCauses; ++cause) {
      const auto many = sum(
          sockets, [&](const Traffic& one) -> auto& { return one.closed.at(transport).at(cause); });
      const std::string why(to_string(static_cast<net::websocket::CloseCause>(cause)));
      add_counter(closed, {{"transport", name}, {"cause", why}}, many);
    }
  }
  for (auto* each : {&open, &opened, &closed}) to.add(std::move(*each));
}

void add_channels(Families& to, const rooms::Realtime& realtime) {
  const auto& sockets = *realtime.sockets;
  const auto joined = sum(sockets, [](const Traffic& one) -> auto& { return one.joined; });
  const auto left = sum(sockets, [](const Traffic& one) -> auto& { return one.left; });
  to.gauge("coppice_channels", "Channels that are joined or being joined", joined - left);
  to.counter("coppice_channel_joins_total", "Joins that reached a channel", joined);
  to.counter("coppice_channel_crashes_total", "Channels that have crashed",
             value_of(realtime.counters->crashes));
  to.counter("coppice_socket_messages_received_total", "Messages from clients",
             sum(sockets, [](const Traffic& one) -> auto& { return one.received; }));
  to.counter("coppice_socket_messages_sent_total", "Messages to clients, those left out included",
             sum(sockets, [](const Traffic& one) -> auto& { return one.sent; }));
  const auto& slow = *realtime.counters->slow_clients;
  auto& full = to.add("coppice_socket_queue_overflows_total",
                      "What slow clients have cost: sockets closed, or messages left out",
                      MetricType::Counter);
  add_counter(full, {{"policy", "close"}}, value_of(slow.closed));
  add_counter(full, {{"policy", "drop_oldest"}}, value_of(slow.dropped));
  add_counter(full, {{"policy", "keep_latest"}}, value_of(slow.superseded));
}

void add_pubsub(Families& to, const actors::pubsub::Hub::Stats& stats) {
  to.gauge("coppice_pubsub_topics", "Topics with a subscriber", static_cast<double>(stats.topics));
  to.gauge("coppice_pubsub_subscriptions", "Subscriptions",
           static_cast<double>(stats.subscriptions));
  to.counter("coppice_pubsub_broadcasts_total", "Broadcasts",
             static_cast<double>(stats.broadcasts));
  to.counter("coppice_pubsub_deliveries_total", "Deliveries to a subscriber",
             static_cast<double>(stats.deliveries));
  to.counter("coppice_pubsub_unforwarded_total", "Broadcasts that other nodes were not given",
             static_cast<double>(stats.unforwarded));
}

}  // namespace

std::vector<prometheus::MetricFamily> RealtimeMetrics::Collect() const {
  Families families;
  add_sockets(families, *realtime_.sockets);
  add_channels(families, realtime_);
  add_pubsub(families, realtime_.hub->stats());
  families.gauge("coppice_presence_members", "Members that are tracked",
                 static_cast<double>(realtime_.roster->count()));
  families.gauge("coppice_presence_counted_topics", "Topics whose members are only counted",
                 static_cast<double>(realtime_.roster->counted_topics()));
  return families.take();
}

}  // namespace coppice::app::metrics
