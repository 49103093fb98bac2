#pragma once

#include "app/config_reader.hpp"

namespace coppice::app {

/// Reads where LiteFS is; problems are the reader's.
[[nodiscard]] litefs::Settings read_litefs_config(ConfigReader& reader);

/// What that reads, for config_variables().
[[nodiscard]] std::vector<Variable> litefs_variables();

}  // namespace coppice::app
