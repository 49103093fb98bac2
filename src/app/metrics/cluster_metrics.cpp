#include "app/metrics/cluster_metrics.hpp"

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {
namespace {

using prometheus::MetricType;

void add_nodes(Families& to, const cluster::Traffic& traffic) {
  auto& nodes = to.add("coppice_cluster_nodes", "Other nodes that are known", MetricType::Gauge);
  add_gauge(nodes, {{"state", "up"}}, static_cast<double>(traffic.nodes_up.load()));
  add_gauge(nodes, {{"state", "down"}}, static_cast<double>(traffic.nodes_down.load()));
  to.gauge("coppice_cluster_connected", "1 while this node has a connection to NATS",
           traffic.is_connected ? 1 : 0);
}

void add_sent(Families& to, const cluster::Traffic& traffic) {
  auto& messages = to.add("coppice_cluster_messages_total", "Messages to and from other nodes",
                          MetricType::Counter);
  add_counter(messages, {{"outcome", "sent"}}, static_cast<double>(traffic.sent.load()));
  add_counter(messages, {{"outcome", "not_sent"}}, static_cast<double>(traffic.unsent.load()));
  add_counter(messages, {{"outcome", "dropped"}}, static_cast<double>(traffic.dropped.load()));
  to.counter("coppice_cluster_sent_bytes_total", "Of the messages that were sent",
             static_cast<double>(traffic.sent_bytes.load()));
}

void add_received(Families& to, const cluster::Inbox::Counts& counts) {
  auto& letters = to.add("coppice_cluster_letters_total",
                         "Letters of other nodes, by what became of them", MetricType::Counter);
  const std::pair<const char*, std::uint64_t> outcomes[] = {{"received", counts.received},
                                                            {"lost", counts.lost},
                                                            {"repeated", counts.repeated},
                                                            {"strange", counts.strange},
                                                            {"unknown", counts.unknown}};
  for (const auto& [outcome, count] : outcomes) {
    add_counter(letters, {{"outcome", outcome}}, static_cast<double>(count));
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> ClusterMetrics::Collect() const {
  Families families;
  add_nodes(families, *link_->traffic);
  add_sent(families, *link_->traffic);
  add_received(families, link_->inbox.counts());
  return families.take();
}

}  // namespace coppice::app::metrics
