#include "app/tracing/scoped_span.hpp"

#include <chrono>
#include <utility>

#include "actors/telemetry.hpp"
#include "app/tracing/request_trace.hpp"

namespace coppice::app::tracing {
namespace {

using std::chrono::system_clock;

bool is_recorded(const Trail& place) noexcept {
  return actors::kTelemetry && place.tracer && place.context.sampled;
}

}  // namespace

TrailPtr begin_trail(const TracerPtr& tracer) {
  if (!actors::kTelemetry || !tracer) return nullptr;
  auto begun = tracer->begin_trace();
  return begun ? std::make_shared<const Trail>(tracer, *std::move(begun)) : nullptr;
}

ScopedSpan::ScopedSpan(const net::http::Request& request, std::string_view name, Within within) {
  begin(place_in(request, within), name, SpanKind::internal);
}

ScopedSpan::ScopedSpan(const TrailPtr& trail, std::string_view name, SpanKind kind) {
  if (trail) begin(*trail, name, kind);
}

void ScopedSpan::begin(std::optional<Trail> place, std::string_view name, SpanKind kind) {
  if (!place) return;
  if (!is_recorded(*place)) {
    sender_ = std::move(place->context);
    return;
  }
  open_.emplace(std::move(place->tracer), Span{.trace = place->context.trace,
                                               .id = make_span_id(),
                                               .parent = place->context.span,
                                               .state = std::move(place->context.state),
                                               .name = std::string(name),
                                               .kind = kind,
                                               .start = system_clock::now()});
}

ScopedSpan::~ScopedSpan() {
  if (!open_) return;
  open_->span.end = system_clock::now();
  open_->tracer->record(std::move(open_->span));
}

void ScopedSpan::note(std::string_view key, std::string value) {
  if (open_) open_->span.attributes.push_back({key, std::move(value)});
}

TraceContext ScopedSpan::context() const {
  if (!open_) return sender_.value_or(TraceContext{});
  const auto& span = open_->span;
  return {.trace = span.trace, .span = span.id, .sampled = true, .state = span.state};
}

TrailPtr ScopedSpan::trail() const {
  if (open_) return std::make_shared<const Trail>(open_->tracer, context());
  return sender_ ? std::make_shared<const Trail>(nullptr, *sender_) : nullptr;
}

std::string ScopedSpan::passed_on() const {
  const auto here = context();
  return here.sampled ? to_traceparent(here) : std::string();
}

std::vector<std::string> trace_headers(const TrailPtr& trail) {
  if (!trail) return {};
  std::vector<std::string> headers = {"traceparent: " + to_traceparent(trail->context)};
  if (!trail->context.state.empty()) headers.push_back("tracestate: " + trail->context.state);
  return headers;
}

}  // namespace coppice::app::tracing
