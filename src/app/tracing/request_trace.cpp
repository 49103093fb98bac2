#include "app/tracing/request_trace.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "actors/telemetry.hpp"

namespace coppice::app::tracing {
namespace {

using net::http::Handler;
using net::http::Outcome;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using std::chrono::system_clock;

constexpr std::size_t kLongestPath = 256;

const RequestTrace* recorded_trace(const Request& request) noexcept {
  if constexpr (!actors::kTelemetry) return nullptr;
  const auto* trace = request.assigns.get<RequestTrace>();
  const bool is_recorded = trace != nullptr && trace->tracer && trace->context.sampled;
  return is_recorded ? trace : nullptr;
}

/// "GET /api/posts/:slug"; without a route, what was asked for may be anything.
std::string name_of(const Request& request) {
  std::string name(to_string(request.method));
  if (request.route != nullptr) name += " " + request.route->pattern;
  return name;
}

std::vector<Attribute> attributes_of(const Request& request, const Outcome& outcome) {
  std::vector<Attribute> attributes = {
      {"http.request.method", std::string(to_string(request.method))},
      {"url.path", request.path.substr(0, kLongestPath)},
      {"url.scheme", std::string(request.secure ? "https" : "http")},
      {"client.address", request.client.to_string()},
      {"network.protocol.version", std::string(request.http_1_0 ? "1.0" : "1.1")},
      {"http.response.status_code", static_cast<std::int64_t>(outcome.status)},
      {"http.response.body.size", static_cast<std::int64_t>(outcome.body_bytes)},
  };
  if (request.route != nullptr) attributes.push_back({"http.route", request.route->pattern});
  if (!request.id.empty()) attributes.push_back({"coppice.request_id", request.id});
  return attributes;
}

/// Records a span at its end, whatever that is: as failed unless told otherwise.
class Recording {
 public:
  Recording(TracerPtr tracer, Span span) : tracer_(std::move(tracer)), span_(std::move(span)) {
    span_.failed = true;
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    span_.end = system_clock::now();
    tracer_->record(std::move(span_));
  }
  void went_well() noexcept { span_.failed = false; }

 private:
  const TracerPtr tracer_;
  Span span_;
};

std::optional<TraceContext> sent_with(const Request& request) {
  const auto parent = request.header("traceparent");
  if (!parent) return std::nullopt;
  return parse_trace_context(*parent, request.header("tracestate").value_or(""));
}

RequestTrace within(const TraceContext& parent, const TracerPtr& tracer) {
  RequestTrace trace{
      .tracer = tracer, .context = parent, .parent = parent.span, .handler = make_span_id()};
  trace.context.span = make_span_id();
  return trace;
}

net::Awaitable<Response> handle_traced(Handler handler, RequestPtr request) {
  const auto* trace = recorded_trace(*request);
  if (trace == nullptr) co_return co_await handler(std::move(request));
  Recording recording(trace->tracer, {.trace = trace->context.trace,
                                      .id = trace->handler,
                                      .parent = trace->context.span,
                                      .state = trace->context.state,
                                      .name = "handle",
                                      .start = system_clock::now()});
  auto response = co_await handler(std::move(request));
  recording.went_well();
  co_return response;
}

}  // namespace

net::http::Plug pass_traces_on() {
  return {.name = "trace", .before = [](Request& request) -> std::optional<Response> {
            const auto parent = sent_with(request);
            if (parent) request.assigns.set(RequestTrace{.tracer = nullptr, .context = *parent});
            return std::nullopt;
          }};
}

net::http::Plug go_on_with_traces(TracerPtr tracer) {
  if (!tracer) return pass_traces_on();
  return {.name = "trace",
          .before = [tracer = std::move(tracer)](Request& request) -> std::optional<Response> {
            const auto parent = sent_with(request);
            if (parent) request.assigns.set(within(*parent, tracer));
            return std::nullopt;
          }};
}

net::http::Plug trace_requests(TracerPtr tracer) {
  return {.name = "trace",
          .before = [tracer = std::move(tracer)](Request& request) -> std::optional<Response> {
            auto parent = sent_with(request);
            if (!parent) parent = tracer->begin_trace();
            if (parent) request.assigns.set(within(*parent, tracer));
            return std::nullopt;
          }};
}

void record_request(const Request& request, const Outcome& outcome) {
  const auto* trace = recorded_trace(request);
  if (trace == nullptr) return;
  const auto end = system_clock::now();
  const bool failed = static_cast<int>(outcome.status) >= 500 || !outcome.whole;
  trace->tracer->record(
      {.trace = trace->context.trace,
       .id = trace->context.span,
       .parent = trace->parent,
       .state = trace->context.state,
       .name = name_of(request),
       .kind = SpanKind::server,
       .start = end - std::chrono::duration_cast<system_clock::duration>(outcome.duration),
       .end = end,
       .attributes = attributes_of(request, outcome),
       .failed = failed,
       .failure = outcome.whole ? "" : "the connection was cut before the answer's end"});
}

net::http::Routes trace_handlers(const net::http::Routes& routes) {
  std::vector<net::http::Route> traced;
  for (const auto& route : routes) {
    traced.push_back(route);
    auto* handler = std::get_if<Handler>(&traced.back().action);
    if (handler == nullptr) continue;
    *handler = [handle = *handler](RequestPtr request) {
      return handle_traced(handle, std::move(request));
    };
  }
  return traced;
}

std::optional<Trail> place_in(const Request& request, ScopedSpan::Within within) {
  const auto* trace = request.assigns.get<RequestTrace>();
  if (trace == nullptr) return std::nullopt;
  const bool is_recorded = recorded_trace(request) != nullptr;
  Trail place{.tracer = is_recorded ? trace->tracer : nullptr, .context = trace->context};
  if (is_recorded && within == ScopedSpan::Within::handler) place.context.span = trace->handler;
  return place;
}

TrailPtr trail_of(const Request& request, ScopedSpan::Within within) {
  auto place = place_in(request, within);
  return place ? std::make_shared<const Trail>(*std::move(place)) : nullptr;
}

}  // namespace coppice::app::tracing
