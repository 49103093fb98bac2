#pragma once

#include "app/config_reader.hpp"

namespace coppice::app {

/// Reads who the other nodes are; problems are the reader's.
[[nodiscard]] cluster::Settings read_cluster_config(ConfigReader& reader);

/// What that reads, for config_variables().
[[nodiscard]] std::vector<Variable> cluster_variables();

}  // namespace coppice::app
