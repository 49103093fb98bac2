#pragma once

#include "app/config_reader.hpp"

namespace coppice::app {

/// Reads where traces are sent; problems are the reader's.
/// @param config  What was read before: this server's version, region and environment.
[[nodiscard]] tracing::Settings read_tracing_config(ConfigReader& reader, const Config& config);

/// What that reads, for config_variables().
[[nodiscard]] std::vector<Variable> tracing_variables();

}  // namespace coppice::app
