#pragma once

#include <optional>

#include "app/tracing/scoped_span.hpp"
#include "app/tracing/tracer.hpp"
#include "net/http/plug.hpp"
#include "net/http/request.hpp"
#include "net/http/route.hpp"
#include "net/http/session.hpp"

/// Spans of requests: one for the whole of it, in it one for its handler, and in that those for
/// what the handler waits for. All of it is there only when traces are exported.
namespace coppice::app::tracing {

/// What a traced request has among its assigns.
struct RequestTrace {
  TracerPtr tracer;      ///< Null where nothing is recorded.
  TraceContext context;  ///< The request's own span, as it is passed on to others; the sender's
                         ///< where nothing is recorded.
  SpanId parent{};       ///< The sender's span; all zero if the trace began here.
  SpanId handler{};      ///< The handler's span.
};

/// Begins each request's trace, or goes on with the sender's; see Tracer for which are recorded.
[[nodiscard]] net::http::Plug trace_requests(TracerPtr tracer);

/// Goes on with the sender's trace, and begins none: for what another node asks for a client.
/// @param tracer  Null: as pass_traces_on().
[[nodiscard]] net::http::Plug go_on_with_traces(TracerPtr tracer);

/// Keeps the sender's trace for those who are asked on the request's behalf, and records nothing.
[[nodiscard]] net::http::Plug pass_traces_on();

/// Records a request's span once it has been answered. Thread: any.
void record_request(const net::http::Request& request, const net::http::Outcome& outcome);

/// The routes with a span around each handler that may have to wait.
[[nodiscard]] net::http::Routes trace_handlers(const net::http::Routes& routes);

/// Where what a request waits for belongs; nothing without a trace.
[[nodiscard]] std::optional<Trail> place_in(
    const net::http::Request& request, ScopedSpan::Within within = ScopedSpan::Within::handler);

/// The same for code that doesn't know the request; null without a trace.
[[nodiscard]] TrailPtr trail_of(const net::http::Request& request,
                                ScopedSpan::Within within = ScopedSpan::Within::handler);

}  // namespace coppice::app::tracing
