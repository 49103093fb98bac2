#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "app/tracing/span.hpp"
#include "app/tracing/trace_context.hpp"

namespace coppice::app::tracing {

/// Decides which requests are recorded, and keeps the spans of those until they are exported. What
/// doesn't fit is dropped and counted: tracing never holds up a request.
///
/// Thread: any.
class Tracer {
 public:
  /// Of one to two kilobytes each; OpenTelemetry's own default.
  static constexpr std::size_t kMostWaiting = 2048;

  /// @param ratio  The share of new traces that are recorded, 0 to 1. Whoever sends a trace has
  ///               decided for it (the sampler `parentbased_traceidratio`).
  explicit Tracer(double ratio) noexcept : ratio_(ratio) {}

  /// Whether a trace that begins here is recorded; the same for all services with that ratio.
  [[nodiscard]] bool samples(const TraceId& trace) const noexcept;

  /// A trace that begins here, without a span so far; nothing if it is not to be recorded.
  [[nodiscard]] std::optional<TraceContext> begin_trace() const;

  void record(Span span);

  /// The oldest ones that wait, which don't any more.
  [[nodiscard]] std::vector<Span> take(std::size_t most);
  [[nodiscard]] std::size_t waiting() const;
  /// How many spans were dropped so far.
  [[nodiscard]] std::uint64_t dropped() const;
  /// Counts those that could not be exported as dropped.
  void drop(std::size_t spans);
  /// How many spans have been exported so far, by all incarnations of whoever exports.
  [[nodiscard]] std::uint64_t sent() const;
  /// Counts those that have been exported.
  void arrived(std::size_t spans);

 private:
  const double ratio_;
  mutable std::mutex mutex_;
  std::deque<Span> waiting_;   // guarded by mutex_
  std::uint64_t dropped_ = 0;  // guarded by mutex_
  std::uint64_t sent_ = 0;     // guarded by mutex_
};

using TracerPtr = std::shared_ptr<Tracer>;

}  // namespace coppice::app::tracing
