#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/tracing/span.hpp"

namespace coppice::app::tracing {

/// Who made the spans: ("service.name", "coppice"), by OpenTelemetry's conventions for resources.
using ResourceAttributes = std::vector<std::pair<std::string, std::string>>;

/// The body of an export: an ExportTraceServiceRequest of the OpenTelemetry protocol in its JSON
/// encoding (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
[[nodiscard]] std::string to_otlp_json(std::span<const Span> spans,
                                       const ResourceAttributes& resource,
                                       const std::string& version);

}  // namespace coppice::app::tracing
