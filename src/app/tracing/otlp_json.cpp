#include "app/tracing/otlp_json.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app::tracing {
namespace {

using boost::json::array;
using boost::json::object;

constexpr int kStatusError = 2;

// 64-bit numbers are strings in this encoding.
std::string nanoseconds(std::chrono::system_clock::time_point time) {
  const auto since = time.time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

object attribute(std::string_view key, const std::string& value) {
  return {{"key", key}, {"value", object{{"stringValue", value}}}};
}

object attribute(std::string_view key, std::int64_t value) {
  return {{"key", key}, {"value", object{{"intValue", std::to_string(value)}}}};
}

object span_json(const Span& span) {
  object out{{"traceId", to_hex(span.trace)},
             {"spanId", to_hex(span.id)},
             {"name", span.name},
             {"kind", static_cast<int>(span.kind)},
             {"startTimeUnixNano", nanoseconds(span.start)},
             {"endTimeUnixNano", nanoseconds(std::max(span.start, span.end))}};
  if (span.parent != SpanId{}) out["parentSpanId"] = to_hex(span.parent);
  if (!span.state.empty()) out["traceState"] = span.state;
  array attributes;
  for (const auto& [key, value] : span.attributes) {
    attributes.push_back(std::visit([&key](const auto& of) { return attribute(key, of); }, value));
  }
  if (!attributes.empty()) out["attributes"] = std::move(attributes);
  if (!span.failed) return out;
  object status{{"code", kStatusError}};
  if (!span.failure.empty()) status["message"] = span.failure;
  out["status"] = std::move(status);
  return out;
}

}  // namespace

std::string to_otlp_json(std::span<const Span> spans, const ResourceAttributes& resource,
                         const std::string& version) {
  array attributes;
  for (const auto& [key, value] : resource) attributes.push_back(attribute(key, value));
  array list;
  for (const auto& span : spans) list.push_back(span_json(span));
  const object of_scope{{"scope", object{{"name", "coppice"}, {"version", version}}},
                        {"spans", std::move(list)}};
  const object of_resource{{"resource", object{{"attributes", std::move(attributes)}}},
                           {"scopeSpans", array{of_scope}}};
  return boost::json::serialize(object{{"resourceSpans", array{of_resource}}});
}

}  // namespace coppice::app::tracing
