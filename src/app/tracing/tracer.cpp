#include "app/tracing/tracer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace coppice::app::tracing {

// By the trace's last 56 bits, which the standard wants random, so that all who see the trace
// decide alike.
bool Tracer::samples(const TraceId& trace) const noexcept {
  constexpr std::size_t kRandomFrom = 9;
  constexpr int kRandomBits = 56;
  std::uint64_t bits = 0;
  for (std::size_t i = kRandomFrom; i < trace.size(); ++i) bits = (bits << 8U) | trace.at(i);
  return static_cast<double>(bits) < std::ldexp(ratio_, kRandomBits);
}

std::optional<TraceContext> Tracer::begin_trace() const {
  TraceContext context{.trace = make_trace_id(), .sampled = true};
  if (!samples(context.trace)) return std::nullopt;
  return context;
}

void Tracer::record(Span span) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(span));
}

std::vector<Span> Tracer::take(std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  std::vector<Span> taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return taken;
}

std::size_t Tracer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::uint64_t Tracer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Tracer::drop(std::size_t spans) {
  const std::lock_guard lock(mutex_);
  dropped_ += spans;
}

std::uint64_t Tracer::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

void Tracer::arrived(std::size_t spans) {
  const std::lock_guard lock(mutex_);
  sent_ += spans;
}

}  // namespace coppice::app::tracing
