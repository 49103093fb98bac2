#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/tracing/trace_context.hpp"

namespace coppice::app::tracing {

/// As OpenTelemetry's protocol numbers them.
enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3 };

struct Attribute {
  std::string_view
      key;  ///< A literal, of OpenTelemetry's semantic conventions where they have one.
  std::variant<std::string, std::int64_t> value;
};

/// One thing that was done for a request, and how long it took.
struct Span {
  TraceId trace{};
  SpanId id{};
  SpanId parent{};      ///< All zero: it is the first of its trace.
  std::string state{};  ///< See TraceContext::state.
  std::string name{};   ///< One of few: "GET /api/posts/:slug", not with the slug.
  SpanKind kind = SpanKind::internal;
  std::chrono::system_clock::time_point start{};
  std::chrono::system_clock::time_point end{};
  std::vector<Attribute> attributes{};
  bool failed = false;
  std::string failure{};  ///< Why, for people; may be empty.
};

}  // namespace coppice::app::tracing
