#include "app/metrics/request_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "app/metrics/family.hpp"

namespace coppice::app::metrics {
namespace {

using net::http::Method;
using net::http::Outcome;
using net::http::Request;
using net::http::Route;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Counter = std::atomic<std::uint64_t>;

/// Upper bounds in seconds: from an answer out of memory to one that somebody gave up on.
constexpr std::array kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kBuckets = kBounds.size() + 1;  // the last for all that took longer

constexpr std::size_t kMethods = static_cast<std::size_t>(Method::options) + 1;

// Statuses begin with a digit from 1 to 5; what follows is less than 32 in all that we send.
constexpr std::size_t kClasses = 5;
constexpr std::size_t kPerClass = 32;

std::size_t index_of_status(net::http::Status status) noexcept {
  const auto code = static_cast<std::size_t>(status);
  return ((code / 100) - 1) * kPerClass + (code % 100);
}

std::size_t status_at(std::size_t index) noexcept {
  return ((index / kPerClass) + 1) * 100 + (index % kPerClass);
}

std::size_t bucket_of(double seconds) noexcept {
  std::size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds.at(bucket)) ++bucket;
  return bucket;
}

double seconds_of(std::uint64_t nanoseconds) noexcept {
  return static_cast<double>(nanoseconds) / 1e9;
}

void add_to(Counter& counter, std::uint64_t by) noexcept {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

/// Of one series, in one lane.
struct RequestMetrics::Counts {
  std::array<Counter, kClasses * kPerClass> statuses{};
  std::array<Counter, kBuckets> durations{};
  Counter nanoseconds{0};
  Counter bytes{0};
  Counter cut{0};

  void add(const Outcome& outcome) noexcept {
    const auto taken = static_cast<std::uint64_t>(std::max<std::int64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(outcome.duration).count(), 0));
    add_to(statuses.at(index_of_status(outcome.status)), 1);
    add_to(durations.at(bucket_of(seconds_of(taken))), 1);
    add_to(nanoseconds, taken);
    add_to(bytes, outcome.body_bytes);
    if (!outcome.whole) add_to(cut, 1);
  }

  void add(const Counts& other) noexcept {
    for (std::size_t i = 0; i < statuses.size(); ++i) add_to(statuses.at(i), other.statuses.at(i));
    for (std::size_t i = 0; i < kBuckets; ++i) add_to(durations.at(i), other.durations.at(i));
    add_to(nanoseconds, other.nanoseconds);
    add_to(bytes, other.bytes);
    add_to(cut, other.cut);
  }

  [[nodiscard]] prometheus::ClientMetric::Histogram histogram() const {
    prometheus::ClientMetric::Histogram made;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      made.sample_count += durations.at(i);
      const double bound = i < kBounds.size() ? kBounds.at(i) : kInfinity;
      made.bucket.push_back({.cumulative_count = made.sample_count, .upper_bound = bound});
    }
    made.sample_sum = seconds_of(nanoseconds);
    return made;
  }
};

RequestMetrics::RequestMetrics(const std::vector<Route>& routes) : first_(routes.data()) {
  for (const Route& route : routes) add_series(route.pattern, route.method);
  add_series("unmatched", std::nullopt);
}

RequestMetrics::~RequestMetrics() = default;

void RequestMetrics::add(const Request& request, const Outcome& outcome) {
  lane_of_thread().at(series_of(request)).add(outcome);
}

void RequestMetrics::add_series(const std::string& route, std::optional<Method> method) {
  places_.push_back({.first = series_.size(), .by_method = !method});
  if (method) {
    series_.emplace_back(std::string(to_string(*method)), route);
    return;
  }
  for (std::size_t each = 0; each < kMethods; ++each) {
    series_.emplace_back(std::string(to_string(static_cast<Method>(each))), route);
  }
}

RequestMetrics::Lane& RequestMetrics::lane_of_thread() {
  auto& lane = lanes_.at(own_lane());
  if (Lane* made = lane.load(std::memory_order_acquire)) return *made;
  const std::lock_guard lock(mutex_);
  if (Lane* made = lane.load(std::memory_order_acquire)) return *made;
  owned_.push_back(std::make_unique<Lane>(series_.size()));
  lane.store(owned_.back().get(), std::memory_order_release);
  return *owned_.back();
}

std::size_t RequestMetrics::series_of(const Request& request) const noexcept {
  const Route* route = request.route;
  const Place& place =
      route == nullptr ? places_.back() : places_[static_cast<std::size_t>(route - first_)];
  return place.by_method ? place.first + static_cast<std::size_t>(request.method) : place.first;
}

std::vector<MetricFamily> RequestMetrics::Collect() const {
  auto requests = family("coppice_http_requests_total", "Requests that were answered, HEAD as GET",
                         MetricType::Counter);
  auto durations =
      family("coppice_http_request_duration_seconds",
             "From a request's head until its answer was handed over", MetricType::Histogram);
  auto bytes = family("coppice_http_response_body_bytes_total", "Bytes of answers' bodies, as sent",
                      MetricType::Counter);
  auto cut =
      family("coppice_http_answers_cut_total",
             "Long answers and streams whose client left before their end", MetricType::Counter);
  const std::lock_guard lock(mutex_);
  for (std::size_t index = 0; index < series_.size(); ++index) {
    Counts counts;
    for (const auto& lane : owned_) counts.add(lane->at(index));
    auto histogram = counts.histogram();
    if (histogram.sample_count == 0) continue;
    const auto& [method, route] = series_.at(index);
    const Labels labels{{"method", method}, {"route", route}};
    for (std::size_t i = 0; i < counts.statuses.size(); ++i) {
      if (counts.statuses.at(i) == 0) continue;
      Labels with_status = labels;
      with_status.push_back({"status", std::to_string(status_at(i))});
      add_counter(requests, std::move(with_status), static_cast<double>(counts.statuses.at(i)));
    }
    auto& metric = durations.metric.emplace_back();
    metric.label = labels;
    metric.histogram = std::move(histogram);
    add_counter(bytes, labels, static_cast<double>(counts.bytes));
    add_counter(cut, labels, static_cast<double>(counts.cut));
  }
  return {std::move(requests), std::move(durations), std::move(bytes), std::move(cut)};
}

}  // namespace coppice::app::metrics
