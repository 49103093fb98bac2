#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "app/tracing/otlp_json.hpp"

namespace coppice::app::tracing {

/// Where traces are sent, by OpenTelemetry's own variables.
struct Settings {
  std::string url;                     ///< Empty: there are no traces.
  std::vector<std::string> headers{};  ///< "authorization: Bearer …"
  double ratio = 1;                    ///< The share of new traces that are recorded.
  ResourceAttributes resource{};       ///< Of this server.
};

}  // namespace coppice::app::tracing
