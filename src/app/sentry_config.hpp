#pragma once

#include "app/config_reader.hpp"

namespace coppice::app {

/// Reads where crashes are reported to; problems are the reader's.
void read_sentry_config(ConfigReader& reader, Config& config);

[[nodiscard]] std::vector<Variable> sentry_variables();

}  // namespace coppice::app
