#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coppice::app::tracing {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

/// Where a request belongs in somebody's trace, as services tell each other in the headers
/// `traceparent` and `tracestate` (https://www.w3.org/TR/trace-context/, level 1).
///
/// Thread: any.
struct TraceContext {
  TraceId trace{};
  SpanId span{};         ///< Of the sender.
  bool sampled = false;  ///< Whether the sender records it.
  std::string state{};   ///< What other vendors add, as it came; may be empty.

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads a `traceparent` of this version or of a later one; nothing if it is not as it must be, and
/// then the trace begins anew. A `tracestate` that is too long or not printable is left out.
[[nodiscard]] std::optional<TraceContext> parse_trace_context(std::string_view traceparent,
                                                              std::string_view tracestate);

/// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
[[nodiscard]] std::string to_traceparent(const TraceContext& context);

/// In lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const TraceId& id);
[[nodiscard]] std::string to_hex(const SpanId& id);

/// Random, and never all zero, which would be none.
[[nodiscard]] TraceId make_trace_id();
[[nodiscard]] SpanId make_span_id();

}  // namespace coppice::app::tracing
