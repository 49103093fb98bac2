#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/tracing/tracer.hpp"

namespace coppice::net::http {
struct Request;
}

namespace coppice::app::tracing {

/// A place in a trace, for code that works for a request and doesn't know it.
struct Trail {
  TracerPtr tracer;      ///< Null where nothing is recorded.
  TraceContext context;  ///< What is done is within this span, which may be somebody else's.
};

/// Null: what is done is in no trace. Cheap to copy, and constant.
using TrailPtr = std::shared_ptr<const Trail>;

/// Of a trace that begins here, for what no request asks for; null if that is not recorded.
/// @param tracer  May be null.
[[nodiscard]] TrailPtr begin_trail(const TracerPtr& tracer);

/// What is waited for, from its making to its end, for its trace; nothing where that isn't
/// recorded.
///
///     const tracing::ScopedSpan span(*request, "read");
///
/// Thread: one at a time.
class ScopedSpan {
 public:
  enum class Within : bool { handler, request };

  /// @param name  A literal.
  ScopedSpan(const net::http::Request& request, std::string_view name,
             Within within = Within::handler);
  /// @param kind  `client` for what somebody else is asked, `server` for what somebody else asks.
  ScopedSpan(const TrailPtr& trail, std::string_view name, SpanKind kind = SpanKind::internal);
  ScopedSpan(const ScopedSpan&) = delete;
  ScopedSpan& operator=(const ScopedSpan&) = delete;
  ~ScopedSpan();

  /// @param key  A literal.
  void note(std::string_view key, std::string value);

  /// For what is done meanwhile. Where this is not recorded, the place that it was given.
  [[nodiscard]] TrailPtr trail() const;

  /// The same as `traceparent`, for another node; empty where nobody records.
  [[nodiscard]] std::string passed_on() const;

 private:
  struct Open {
    TracerPtr tracer;
    Span span;
  };
  void begin(std::optional<Trail> place, std::string_view name, SpanKind kind);
  [[nodiscard]] TraceContext context() const;

  std::optional<Open> open_;            // where this is recorded
  std::optional<TraceContext> sender_;  // where it is not, and there is a trace
};

/// The header lines that pass the trace on to a service that is asked; none without one.
[[nodiscard]] std::vector<std::string> trace_headers(const TrailPtr& trail);

}  // namespace coppice::app::tracing
