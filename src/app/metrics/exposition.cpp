#include "app/metrics/exposition.hpp"

#include <cmath>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <prometheus/text_serializer.h>

namespace coppice::app::metrics {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// JSON has no infinity.
value number(double given) { return std::isfinite(given) ? value(given) : value(nullptr); }

void add_histogram(object& out, const ClientMetric::Histogram& histogram) {
  array buckets;
  for (const auto& bucket : histogram.bucket) {
    object each{{"count", bucket.cumulative_count}};
    each["le"] = number(bucket.upper_bound);
    buckets.push_back(std::move(each));
  }
  out["count"] = histogram.sample_count;
  out["sum"] = number(histogram.sample_sum);
  out["buckets"] = std::move(buckets);
}

object metric_json(MetricType type, const ClientMetric& metric) {
  object labels;
  for (const auto& label : metric.label) labels[label.name] = label.value;
  object out{{"labels", std::move(labels)}};
  switch (type) {
    case MetricType::Counter: out["value"] = number(metric.counter.value); break;
    case MetricType::Gauge: out["value"] = number(metric.gauge.value); break;
    case MetricType::Histogram: add_histogram(out, metric.histogram); break;
    default: out["value"] = nullptr;  // there are none
  }
  return out;
}

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Histogram: return "histogram";
    default: return "untyped";
  }
}

}  // namespace

std::vector<MetricFamily> Exposition::collect() const {
  std::vector<MetricFamily> families;
  for (const auto& source : sources_) {
    auto collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return families;
}

std::string Exposition::text() const { return prometheus::TextSerializer().Serialize(collect()); }

std::string Exposition::json() const {
  array families;
  for (const auto& family : collect()) {
    array metrics;
    for (const auto& metric : family.metric) metrics.push_back(metric_json(family.type, metric));
    families.push_back(object{{"name", family.name},
                              {"help", family.help},
                              {"type", name_of(family.type)},
                              {"metrics", std::move(metrics)}});
  }
  return boost::json::serialize(object{{"families", std::move(families)}});
}

}  // namespace coppice::app::metrics
